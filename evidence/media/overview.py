"""The pipeline seen from above: how much waits at each stage, for how long, and what went wrong."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.media.media import STAGES, MediaKind, MediaState, Stage


@dataclass(frozen=True)
class StageLoad:
    """Media that are due for one stage: `waiting` for a worker or `working`, and since when the oldest is."""

    stage: Stage
    waiting: int
    working: int
    oldest_due_since: datetime | None


@dataclass(frozen=True)
class Trouble:
    """A media that was set aside, or whose stage has failed and will be tried again (`code` is then None)."""

    media_id: UUID
    tip_id: UUID
    kind: MediaKind | None
    state: MediaState
    stage: Stage
    attempts: int
    size: int
    received_at: datetime
    code: str | None
    sentence: str | None


def load(conn: Connection) -> list[StageLoad]:
    """Return each stage's load, in order, `done` left out; a stage without any is there as well."""
    rows = conn.execute(
        "SELECT stage, count(*) FILTER (WHERE leased_until IS NULL OR leased_until < clock_timestamp()),"
        " count(*) FILTER (WHERE leased_until >= clock_timestamp()), min(due_since) FROM media"
        " WHERE stage <> 'done' AND state NOT IN ('quarantined', 'purged') GROUP BY stage"
    ).fetchall()
    found = {stage: StageLoad(stage, waiting, working, oldest) for stage, waiting, working, oldest in rows}
    return [found.get(stage, StageLoad(stage, 0, 0, None)) for stage in STAGES if stage != "done"]


def set_aside_count(conn: Connection) -> dict[str, int]:
    """Return how many media are quarantined, by the code of why."""
    return dict(
        conn.execute(
            "SELECT quarantine_code, count(*) FROM media WHERE state = 'quarantined' GROUP BY quarantine_code"
        ).fetchall()
    )


def troubles(conn: Connection, limit: int = 100) -> list[Trouble]:
    """Return what is set aside or was tried in vain, newest first."""
    with conn.cursor(row_factory=class_row(Trouble)) as cursor:
        return cursor.execute(
            "SELECT id AS media_id, tip_id, kind, state, stage, attempts, bytes AS size, received_at,"
            " quarantine_code AS code, quarantine_sentence AS sentence FROM media"
            " WHERE state = 'quarantined' OR stage <> 'done' AND attempts > 1 AND state <> 'purged'"
            " ORDER BY received_at DESC LIMIT %s",
            [limit],
        ).fetchall()
