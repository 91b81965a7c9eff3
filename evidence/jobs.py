"""Jobs by name, enqueued in the caller's transaction.

A job is only a hint to look at a media's stage: it may be lost or doubled without harm. It goes into one of
three lanes, so that a big file never starves small ones: `media` for what a person waits for, `large` for
what takes long though a person waits for it, `batch` for what nobody waits for. The database decides which
(function `lane`), since the public door may enqueue and may not read.
"""

from typing import Literal, get_args
from uuid import UUID

from evidence.db.connect import Connection

Task = Literal["seal", "inspect", "preview", "watch", "survey", "normalize"]
TASKS: tuple[Task, ...] = get_args(Task)
Lane = Literal["media", "large", "batch"]
LANES: tuple[Lane, ...] = get_args(Lane)


def enqueue(conn: Connection, task: Task, media_id: UUID) -> None:
    """Ask a worker to run `task` on a media once this transaction commits; one waiting job is enough."""
    conn.execute("SELECT enqueue(%s, %s)", [task, media_id])


def next_in(conn: Connection, lane: Lane, media_id: UUID) -> Task | None:
    """Return what a media is due for, if that is this lane's work; None where it is not, or nothing is."""
    row = conn.execute(
        "SELECT stage FROM media m WHERE id = %s AND stage <> 'done' AND lane(stage, m) = %s",
        [media_id, lane],
    ).fetchone()
    return None if row is None else row[0]
