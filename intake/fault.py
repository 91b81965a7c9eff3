"""Our own mistakes: noted without a word of what a citizen sent, and answered without a word of ours."""

import logging
from collections.abc import Awaitable

from evidence.errors import EvidenceError
from intake.wire.body import Disconnected
from intake.wire.http import Answer, problem

log = logging.getLogger("tipline.intake")


class ServerFault(EvidenceError):
    """Something that was not foreseen."""

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side. What arrived is safe; try again in a moment.")


def note_fault(where: str, error: BaseException) -> ServerFault:
    """Log the kind and the place of a fault, never its text: that could quote what a citizen sent.

    `evidence.telemetry.logs` writes of an exception no more than these.
    """
    log.error("%s in %s", type(error).__name__, where, exc_info=error)
    return ServerFault()


async def answered(answering: Awaitable[Answer], where: str) -> Answer | None:
    """Return the answer, or the problem that stands in its place; None for a client that is gone."""
    try:
        return await answering
    except Disconnected:
        return None
    except EvidenceError as refusal:
        return problem(refusal)
    except Exception as error:
        return problem(note_fault(where, error))
