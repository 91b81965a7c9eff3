"""What is known of a media's traces without opening them, and how a worker writes it down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from evidence import ledger
from evidence.db.connect import Connection
from evidence.media import Lease
from evidence.media.progress import hold
from evidence.traces.kinds import ClockGrade, Clue, Grade, Kind, Manifest


@dataclass(frozen=True)
class Traces:
    """What stands in clear of one media's traces. `kinds` is None where the look into them failed."""

    media_id: UUID
    recipe: str
    kinds: list[Kind] | None
    grade: Grade
    clues: list[Clue]
    clock: ClockGrade
    manifest: Manifest
    found_at: datetime


@dataclass(frozen=True)
class Traced:
    """A worker's finding, ready to be written down: what stands in clear, and the values, sealed."""

    recipe: str
    kinds: list[Kind] | None
    grade: Grade
    clues: list[Clue]
    clock: ClockGrade
    manifest: Manifest
    sealed: bytes | None
    tools: dict[str, str]
    command: str


_COLUMNS = "media_id, recipe, kinds, grade, clues, clock, manifest, found_at"


def of_media(conn: Connection, media_ids: Iterable[UUID]) -> dict[UUID, Traces]:
    """Return what is known of several media's traces, by media; those not looked into yet are missing."""
    with conn.cursor(row_factory=class_row(Traces)) as cursor:
        rows = cursor.execute(f"SELECT {_COLUMNS} FROM trace WHERE media_id = ANY(%s)", [list(media_ids)])
        return {found.media_id: found for found in rows}


def recorded(conn: Connection, media_id: UUID) -> str | None:
    """Return the recipe by which a media was looked into, None where it was not or the look failed."""
    row = conn.execute(
        "SELECT recipe FROM trace WHERE media_id = %s AND kinds IS NOT NULL", [media_id]
    ).fetchone()
    return None if row is None else row[0]


def record(conn: Connection, lease: Lease, traced: Traced) -> None:
    """Write a finding down, in the place of an earlier one. Raises `LeaseLost`.

    The ledger learns kinds, grade and tools; of what a trace says it learns nothing, not even a hash.
    """
    hold(conn, lease)
    values: dict[str, Any] = {
        "media": lease.media_id, "recipe": traced.recipe, "kinds": traced.kinds, "grade": traced.grade,
        "clues": traced.clues, "clock": traced.clock, "manifest": traced.manifest, "sealed": traced.sealed,
    }  # fmt: skip
    conn.execute(
        "INSERT INTO trace (media_id, recipe, kinds, grade, clues, clock, manifest, sealed) VALUES ("
        "%(media)s, %(recipe)s, %(kinds)s, %(grade)s, %(clues)s, %(clock)s, %(manifest)s, %(sealed)s)"
        " ON CONFLICT (media_id) DO UPDATE SET recipe = excluded.recipe, kinds = excluded.kinds,"
        " grade = excluded.grade, clues = excluded.clues, clock = excluded.clock,"
        " manifest = excluded.manifest, sealed = excluded.sealed, found_at = excluded.found_at",
        values,
    )
    ledger.append(conn, lease.tip_id, "traced", "worker", {
        "media": str(lease.media_id), "recipe": traced.recipe, "kinds": traced.kinds, "grade": traced.grade,
        "clues": traced.clues, "clock": traced.clock, "manifest": traced.manifest, "tools": traced.tools,
        "command": traced.command,
    })  # fmt: skip
