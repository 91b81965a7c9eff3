"""A reserve of disk: below it new media is refused, while words and uploads under way still pass."""

import asyncio
from pathlib import Path

from evidence.spool.room import Room
from intake.guard.refusals import NoRoom

# A twentieth of a small disk; on a large one no more than this.
MOST_BY_DEFAULT = 2_000_000_000
_SHARE_BY_DEFAULT = 20


class Reserve:
    """The reserve of the spool's disk, in bytes; None is the default for a disk of its size."""

    def __init__(self, spool: Path, kept: int | None) -> None:
        self._spool = spool
        self._kept = kept

    async def require(self, length: int) -> None:
        """Raise `NoRoom` where a new upload of `length` bytes would eat into the reserve."""
        if refusal := await self.refusal(length):
            raise refusal

    async def refusal(self, length: int) -> NoRoom | None:
        """Return why a new upload of `length` bytes cannot be taken, None where it can."""
        return None if await asyncio.to_thread(self.allows, length) else NoRoom()

    def allows(self, length: int) -> bool:
        """Say whether there is room for `length` bytes more above the reserve; waits for the disk."""
        room = Room.of(self._spool)
        return room.free - length >= reserve_of(room, self._kept)


def reserve_of(room: Room, kept: int | None) -> int:
    """Return the bytes to keep free: what the operator says, or what fits the disk."""
    return min(MOST_BY_DEFAULT, room.size // _SHARE_BY_DEFAULT) if kept is None else kept
