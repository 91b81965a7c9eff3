"""Whether this process lives, and whether it can serve."""

import asyncio
import os

from evidence.errors import Unavailable
from evidence.version import VERSION
from intake.database import statement
from intake.door import Door
from intake.wire.http import Answer, Send, json_answer, problem


class NotReady(Unavailable):
    """Something this process cannot work without is away."""

    default_code = "not_ready"


def alive() -> Answer:
    """Answer that the event loop turns."""
    return json_answer(200, {"status": "alive", "version": VERSION})


async def answer_ready(door: Door, send: Send) -> None:
    """Answer 200 where the database answers and the spool takes files, else 503."""
    try:
        await door.threads.in_database(_ask, door)
        # Not behind those who wait for a disk, or for what many hosts share: words are taken meanwhile.
        if not await asyncio.to_thread(os.access, door.spool.root, os.W_OK | os.X_OK):
            raise NotReady("The spool cannot be written.")
    except Unavailable as refusal:
        answer = problem(refusal)
    else:
        answer = json_answer(200, {"status": "ready"})
    await answer.send(send)


def _ask(door: Door) -> None:
    with statement(door.pool) as conn:
        conn.execute("SELECT 1")
