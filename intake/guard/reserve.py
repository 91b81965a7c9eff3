"""A reserve of disk: below it new media is refused, while words and uploads under way still pass."""

import errno
import logging
from dataclasses import dataclass
from pathlib import Path

from evidence.spool.room import Room

log = logging.getLogger("tipline.intake")

# A twentieth of a small disk; on a large one no more than this.
MOST_BY_DEFAULT = 2_000_000_000
_SHARE_BY_DEFAULT = 20


@dataclass(frozen=True)
class Reserve:
    """The bytes `kept` free on the spool's disk; None is the default for a disk of its size."""

    spool: Path
    kept: int | None

    def allows(self, length: int) -> bool:
        """Say whether there is room for `length` bytes more above the reserve.

        Fit for the event loop: the kernel answers from memory. A disk that is away has room for nothing, and
        words must pass all the same.
        """
        try:
            room = Room.of(self.spool)
        except OSError as error:
            log.error("the spool's disk is away: %s", errno.errorcode.get(error.errno or 0))
            return False
        return room.free - length >= self.of(room)

    def of(self, room: Room) -> int:
        """Return the bytes that are kept free of this room."""
        return reserve_of(room, self.kept)


def reserve_of(room: Room, kept: int | None) -> int:
    """Return the bytes to keep free: what the operator says, or what fits the disk."""
    return min(MOST_BY_DEFAULT, room.size // _SHARE_BY_DEFAULT) if kept is None else kept
