"""Leases: who works on a media now, and the fence that refuses whoever did before.

The attempt is counted when the lease is claimed, so that a worker which dies counts as well.
"""

from dataclasses import dataclass
from uuid import UUID

from evidence.db.connect import Connection
from evidence.errors import Conflict
from evidence.media.media import Stage

MAX_ATTEMPTS = 3


class LeaseLost(Conflict):
    """Another worker holds this media by now; whatever this one made must be thrown away."""

    default_code = "lease_lost"

    def __init__(self) -> None:
        super().__init__("Another worker has taken this media over.")


@dataclass(frozen=True)
class Lease:
    """The right to work on one stage of a media; `attempt` counts from 1."""

    media_id: UUID
    tip_id: UUID
    stage: Stage
    fence: int
    attempt: int


def claim(conn: Connection, media_id: UUID, stage: Stage, seconds: float) -> Lease | None:
    """Take a media for `seconds`, or return None where it is elsewhere, past this stage, or quarantined.

    A lease whose `attempt` is above `MAX_ATTEMPTS` is only good for `quarantine`: three workers have failed
    or died at this stage.
    """
    row = conn.execute(
        "UPDATE media SET fence = fence + 1, attempts = attempts + 1,"
        " leased_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = %s AND stage = %s AND state NOT IN ('quarantined', 'purged')"
        " AND (leased_until IS NULL OR leased_until < clock_timestamp())"
        " RETURNING tip_id, fence, attempts",
        [seconds, media_id, stage],
    ).fetchone()
    return None if row is None else Lease(media_id, row[0], stage, row[1], row[2])


def renew(conn: Connection, lease: Lease, seconds: float) -> None:
    """Hold on for `seconds` more; raises `LeaseLost`."""
    renewed = conn.execute(
        "UPDATE media SET leased_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE id = %s AND stage = %s AND fence = %s",
        [seconds, lease.media_id, lease.stage, lease.fence],
    )
    if renewed.rowcount != 1:
        raise LeaseLost


def release(conn: Connection, lease: Lease, *, counted: bool = True) -> None:
    """Let go after a failure that may pass, so that the next attempt need not wait.

    `counted=False` takes the attempt back: the store or the worker was away, and the file had no part in it.
    """
    conn.execute(
        "UPDATE media SET leased_until = NULL, attempts = attempts - %s"
        " WHERE id = %s AND stage = %s AND fence = %s",
        [0 if counted else 1, lease.media_id, lease.stage, lease.fence],
    )


def unfinished(conn: Connection, limit: int = 1000) -> list[tuple[UUID, Stage]]:
    """Return media that are not done, that nobody holds and no job waits for: a reconciler asks for them.

    A backlog of thousands, such as old media whose copies are made again, must not hide what lost its job.
    """
    return conn.execute(
        "SELECT id, stage FROM media WHERE stage <> 'done' AND state NOT IN ('quarantined', 'purged')"
        " AND (leased_until IS NULL OR leased_until < clock_timestamp()) AND NOT EXISTS"
        " (SELECT 1 FROM procrastinate_jobs"
        " WHERE status = 'todo' AND queueing_lock = stage || ' ' || media.id)"
        " ORDER BY received_at LIMIT %s",
        [limit],
    ).fetchall()
