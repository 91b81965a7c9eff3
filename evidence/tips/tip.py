"""What a tip is, and how tips are listed."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.errors import Conflict, Invalid, NotFound

Channel = Literal["web", "sms", "live", "staff"]
TipState = Literal["new", "attached", "closed", "withdrawn", "purged"]
TIP_STATES: tuple[TipState, ...] = get_args(TipState)


@dataclass(frozen=True)
class Tip:
    """A tip as staff see it; times are aware, in UTC.

    `waits` says that the citizen wrote again, and nobody has answered yet.
    """

    id: UUID
    channel: Channel
    state: TipState
    language: str
    received_at: datetime
    closed_reason: str | None
    waits: bool


_SHORT = re.compile(r"[0-9a-f]{8,31}")
_COLUMNS = "id, channel, state, language, received_at, closed_reason, waits"


def get(conn: Connection, tip_id: UUID) -> Tip:
    """Return one tip; raises `NotFound` (`unknown_tip`)."""
    with conn.cursor(row_factory=class_row(Tip)) as cursor:
        tip = cursor.execute(f"SELECT {_COLUMNS} FROM tip WHERE id = %s", [tip_id]).fetchone()
    if tip is None:
        raise NotFound("There is no such tip.", code="unknown_tip")
    return tip


def named(conn: Connection, name: str) -> UUID:
    """Return the id that `name` stands for: a whole one, or its first digits, eight at least, as pages show.

    A whole id is taken as it is, since a tip that was deleted can still be asked after. Raises `Invalid`
    (`bad_tip_id`), `NotFound` (`unknown_tip`), `Conflict` (`ambiguous_tip`).
    """
    with suppress(ValueError):
        return UUID(name)
    digits = name.replace("-", "").lower()
    if not _SHORT.fullmatch(digits):
        raise Invalid(
            f"{name!r} names no tip: give the id, or its first eight digits at least.", code="bad_tip_id"
        )
    found = conn.execute(
        "SELECT id FROM tip WHERE id BETWEEN %s AND %s LIMIT 2",
        [UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))],
    ).fetchall()
    if not found:
        raise NotFound("There is no such tip.", code="unknown_tip")
    if len(found) > 1:
        raise Conflict(f"Several tips begin with {name}; give more of the id.", code="ambiguous_tip")
    return UUID(str(found[0][0]))


def newest(
    conn: Connection,
    *,
    states: Sequence[TipState] = TIP_STATES,
    waiting: bool = False,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Tip]:
    """Return tips in the given states, newest first; `before` is the last (received_at, id) already seen.

    With `waiting`, only those whose citizen wrote again and has no answer yet.
    """
    seen_at, seen_id = before or (None, None)
    with conn.cursor(row_factory=class_row(Tip)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM tip WHERE state = ANY(%(states)s)"
            f"{' AND waits' if waiting else ''}"
            " AND (%(at)s::timestamptz IS NULL OR (received_at, id) < (%(at)s, %(id)s::uuid))"
            " ORDER BY received_at DESC, id DESC LIMIT %(limit)s",
            {"states": list(states), "at": seen_at, "id": seen_id, "limit": limit},
        ).fetchall()


def shown(conn: Connection, tip_ids: Iterable[UUID]) -> set[UUID]:
    """Return those of several tips whose words and media staff may still see.

    None that was withdrawn, none that was deleted or is being deleted.
    """
    rows = conn.execute(
        "SELECT id FROM tip WHERE id = ANY(%s) AND state NOT IN ('withdrawn', 'purged')"
        " AND NOT EXISTS (SELECT FROM purge WHERE tip_id = tip.id)",
        [list(tip_ids)],
    )
    return {tip_id for (tip_id,) in rows}
