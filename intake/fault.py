"""Our own mistakes: noted without a word of what a citizen sent, and answered without a word of ours."""

import logging
import traceback

from evidence.errors import EvidenceError

log = logging.getLogger("tipline.intake")


class ServerFault(EvidenceError):
    """Something that was not foreseen."""

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side. What arrived is safe; try again in a moment.")


def note_fault(where: str, error: BaseException) -> ServerFault:
    """Log the kind and the place of a fault, never its text: that could quote what a citizen sent."""
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s in %s\n%s", type(error).__name__, where, place)
    return ServerFault()
