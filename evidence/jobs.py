"""Jobs by name, enqueued in the caller's transaction.

A job is only a hint to look at a media's stage: it may be lost or doubled without harm.
"""

from typing import Literal, get_args
from uuid import UUID

from evidence.db.connect import Connection

Task = Literal["seal", "inspect", "preview", "normalize"]
TASKS: tuple[Task, ...] = get_args(Task)
QUEUE = "media"


def enqueue(conn: Connection, task: Task, media_id: UUID) -> None:
    """Ask a worker to run `task` on a media once this transaction commits; one waiting job is enough."""
    conn.execute("SELECT enqueue(%s, %s)", [task, media_id])
