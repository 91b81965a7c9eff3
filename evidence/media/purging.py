"""Ending a tip, as the deletion clock does it: begun in one transaction, done in another, the store between.

In this order, since nobody may be told that something is gone before it is: what is begun takes nothing more
and is worked on by nobody; then the store and the spool lose everything; only then go the words, and the
ledger says so. Whoever dies in between leaves a row that is found again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from evidence.db.connect import Connection
from evidence.settings import Retention
from evidence.tips.ending import PurgeReason

LAST_LOOK = timedelta(days=1)
"""So long after the end the store is looked through for the last time."""


@dataclass(frozen=True)
class Belongings:
    """Everything of one tip that does not lie in the database: object keys, and uploads by id.

    Keys under the tip's own prefix are not named one by one.
    """

    originals: frozenset[str]
    derivatives: frozenset[str]
    uploads: tuple[UUID, ...]


def due(conn: Connection, retention: Retention, limit: int = 100) -> list[UUID]:
    """Return tips to end now: left unfinished by somebody, withdrawn, or older than their retention."""
    rows = conn.execute(
        "SELECT tip_id FROM expire_due(%s, %s, %s, %s)",
        [retention.days, retention.grace_days, retention.locked, limit],
    )
    return [tip_id for (tip_id,) in rows]


def begin(conn: Connection, tip_id: UUID, retention: Retention) -> PurgeReason | None:
    """Begin to end a tip and say why, the same each time.

    None where it is not to end now: a case has it, something came in, or a worker holds one of its media.
    """
    row = conn.execute(
        "SELECT expire_begin(%s, %s, %s, %s)",
        [tip_id, retention.days, retention.grace_days, retention.locked],
    ).fetchone()
    return cast("PurgeReason | None", row[0]) if row else None


def claim(conn: Connection, tip_id: UUID, seconds: float) -> bool:
    """Take a tip whose end is begun for `seconds`; False where another has it, or it is done.

    What two do at once is done twice without harm: the lease saves the work.
    """
    claimed = conn.execute(
        "UPDATE purge SET leased_until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE tip_id = %s AND done_at IS NULL AND leased_until < clock_timestamp()",
        [seconds, tip_id],
    )
    return claimed.rowcount == 1


def belongings(conn: Connection, tip_id: UUID) -> Belongings:
    """Return what lies outside the database, by what is on record."""
    prefix = f"{tip_id}/"
    originals = conn.execute(
        "SELECT object_key FROM media WHERE tip_id = %s AND object_key IS NOT NULL", [tip_id]
    ).fetchall()
    made = conn.execute(
        "SELECT d.object_key FROM derivative d JOIN media m ON m.id = d.media_id WHERE m.tip_id = %(tip)s"
        " UNION SELECT p.object_key FROM piece p JOIN media m ON m.id = p.media_id WHERE m.tip_id = %(tip)s",
        {"tip": tip_id},
    ).fetchall()
    uploads = conn.execute("SELECT id FROM upload WHERE tip_id = %s ORDER BY id", [tip_id]).fetchall()
    return Belongings(
        frozenset({prefix} | {key for (key,) in originals if not key.startswith(prefix)}),
        frozenset({prefix} | {key for (key,) in made if not key.startswith(prefix)}),
        tuple(upload_id for (upload_id,) in uploads),
    )


def finish(conn: Connection, tip_id: UUID) -> bool:
    """Destroy the words, note the end in the ledger, and say it; False where somebody else has.

    Call it once neither store nor spool holds anything of the tip.
    """
    row = conn.execute("SELECT expire_finish(%s)", [tip_id]).fetchone()
    return bool(row and row[0])


def to_look_again(conn: Connection, limit: int = 100) -> list[UUID]:
    """Return tips that have ended and whose place in the store is due to be looked through again."""
    rows = conn.execute(
        "SELECT tip_id FROM purge WHERE look_again_at <= clock_timestamp() ORDER BY look_again_at LIMIT %s",
        [limit],
    )
    return [tip_id for (tip_id,) in rows]


def looked(conn: Connection, tip_id: UUID) -> None:
    """Note that nothing of an ended tip lies in the store; the last look comes a day after the end."""
    conn.execute(
        "UPDATE purge SET look_again_at = CASE WHEN clock_timestamp() < done_at + %(last)s"
        " THEN done_at + %(last)s END WHERE tip_id = %(tip)s",
        {"tip": tip_id, "last": LAST_LOOK},
    )


def unlink_texts(conn: Connection) -> None:
    """Cut the way from a number to an ended tip, for texts that were still under way at its end."""
    conn.execute("SELECT expire_unlink_texts()")


def waiting_since(conn: Connection) -> tuple[int, datetime | None]:
    """Return how many ends are begun and not done, and since when the oldest is."""
    row = conn.execute("SELECT count(*), min(begun_at) FROM purge WHERE done_at IS NULL").fetchone()
    return (row[0], row[1]) if row else (0, None)
