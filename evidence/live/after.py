"""What workers make of a broadcast as a whole, once all of its parts are media: who is at it, and when.

As with a media (`evidence.media.lease`): a lease that is renewed while somebody works, and a fence that
refuses whoever held it before.
"""

from dataclasses import dataclass
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.live.refusals import refusals
from evidence.media.lease import LeaseLost

_TIP_STANDS = "tip.state NOT IN ('withdrawn', 'purged')"


@dataclass(frozen=True)
class Whole:
    """The right to work on one broadcast as a whole."""

    session_id: UUID
    tip_id: UUID
    fence: int
    attempt: int


@dataclass(frozen=True)
class Mark:
    """A moment of a sealed media that somebody marked while watching it come in."""

    id: UUID
    media_id: UUID
    at_ms: int


def claim_whole(conn: Connection, seconds: float) -> Whole | None:
    """Take a broadcast that is due for `seconds`; None where none is.

    One whose `attempt` is above `MAX_ATTEMPTS` is only good for `finish_whole`: its media stand alone.
    """
    row = conn.execute(
        "UPDATE live_work SET fence = fence + 1, attempts = attempts + 1,"
        " leased_until = clock_timestamp() + make_interval(secs => %s)"
        " FROM live_session s WHERE s.id = live_work.session_id AND live_work.session_id = ("
        "SELECT w.session_id FROM live_work w JOIN live_session b ON b.id = w.session_id"
        " JOIN tip ON tip.id = b.tip_id"
        " WHERE w.finished_at IS NULL AND (w.leased_until IS NULL OR w.leased_until < clock_timestamp())"
        f" AND {_TIP_STANDS} AND NOT EXISTS ("
        "SELECT FROM live_part p JOIN media m ON m.upload_id = p.upload_id WHERE p.session_id = w.session_id"
        " AND m.stage <> 'done' AND m.state NOT IN ('quarantined', 'purged'))"
        " ORDER BY w.session_id LIMIT 1 FOR UPDATE OF w SKIP LOCKED)"
        " RETURNING live_work.session_id, s.tip_id, fence, attempts",
        [seconds],
    ).fetchone()
    return None if row is None else Whole(*row)


def renew_whole(conn: Connection, whole: Whole, seconds: float) -> bool:
    """Hold on for `seconds` more; False where another worker has it by now."""
    renewed = conn.execute(
        "UPDATE live_work SET leased_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE session_id = %s AND fence = %s AND finished_at IS NULL",
        [seconds, whole.session_id, whole.fence],
    )
    return renewed.rowcount == 1


def finish_whole(conn: Connection, whole: Whole) -> None:
    """Nothing more is to be made of it. Raises `LeaseLost` where another worker has it by now."""
    done = conn.execute(
        "UPDATE live_work SET finished_at = clock_timestamp(), leased_until = NULL"
        " WHERE session_id = %s AND fence = %s AND finished_at IS NULL",
        [whole.session_id, whole.fence],
    )
    if done.rowcount != 1:
        raise LeaseLost


def release_whole(conn: Connection, whole: Whole, *, counted: bool) -> None:
    """Let go after a failure, for another attempt; `counted=False` where the broadcast had no part in it."""
    conn.execute(
        "UPDATE live_work SET leased_until = NULL, attempts = attempts - %s"
        " WHERE session_id = %s AND fence = %s",
        [0 if counted else 1, whole.session_id, whole.fence],
    )


def mark_moment(conn: Connection, session_id: UUID, part: int, at_ms: int, *, actor: str) -> UUID:
    """Mark a moment of a part, as the console; a worker cuts the frame once the part is sealed.

    Raises `NotFound` (`unknown_live`), `TooMany` (`live_too_many`).
    """
    with refusals():
        row = conn.execute(
            "SELECT console_live_snapshot(%s, %s, %s, %s)", [session_id, part, at_ms, actor]
        ).fetchone()
    if row is None:
        raise RuntimeError("console_live_snapshot answered no row")
    return UUID(str(row[0]))


def due_marks(conn: Connection, limit: int = 20) -> list[Mark]:
    """Return marks whose frame can be cut now: their part is sealed, looked into, and in nobody's hands."""
    with conn.cursor(row_factory=class_row(Mark)) as cursor:
        return cursor.execute(
            "SELECT k.id, m.id AS media_id, k.at_ms FROM live_snapshot k"
            " JOIN live_part p ON (p.session_id, p.sequence) = (k.session_id, k.part)"
            " JOIN media m ON m.upload_id = p.upload_id JOIN tip ON tip.id = m.tip_id"
            " WHERE k.derivative_id IS NULL AND NOT k.given_up AND m.kind = 'video' AND m.state = 'ready'"
            f" AND {_TIP_STANDS} ORDER BY k.at LIMIT %s".encode(),
            [limit],
        ).fetchall()


def tip_stands(conn: Connection, tip_id: UUID) -> bool:
    """Whether a tip is there still: neither withdrawn nor purged."""
    row = conn.execute(f"SELECT {_TIP_STANDS} FROM tip WHERE id = %s".encode(), [tip_id]).fetchone()
    return bool(row and row[0])


def settle_mark(conn: Connection, mark: Mark, derivative_id: UUID | None) -> None:
    """Say what came of a mark; None where the file shows nothing there."""
    conn.execute(
        "UPDATE live_snapshot SET derivative_id = %s, given_up = %s WHERE id = %s",
        [derivative_id, derivative_id is None, mark.id],
    )
