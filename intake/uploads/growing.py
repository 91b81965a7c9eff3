"""An upload that grows: every piece written at once, hashed and synced behind it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress

from evidence.spool import LEAF_BYTES, Busy, Chunk, Spool, Superseded, Taken
from intake.metrics import BYTES_TAKEN
from intake.threads import Threads, ended
from intake.uploads.hashing import PassingLeaves

# Is told, as an upload grows, an offset that is on the disk.
Reached = Callable[[int], Awaitable[None]]

_LEAVES_BEHIND = 2
_PAUSE_SECONDS = 0.001
_PATIENCE = 1000


class Growing:
    """Writes pieces into a taken upload, from the event loop.

    A piece goes to the page cache right here: that takes microseconds, and survives kill -9. It is hashed
    while it is at hand. Each time a leaf is full, a thread puts it on the disk and its hash into its slot; no
    more than two leaves are ever behind. `reached` hears of each leaf that is on the disk, but for the last
    ones. `end` is the offset to which the pieces will lead, None where nobody knows.
    """

    # A thousand phones hold one each for hours.
    __slots__ = ("_leaves", "_passing", "_reached", "_threads", "_writer")

    def __init__(
        self,
        spool: Spool,
        taken: Taken,
        threads: Threads,
        reached: Reached | None = None,
        end: int | None = None,
    ) -> None:
        self._threads = threads
        self._writer = spool.writer(taken)
        self._passing = PassingLeaves(end)
        self._leaves: list[tuple[int, Future[None]]] = []
        self._reached = reached

    @property
    def position(self) -> int:
        """The offset of the next byte."""
        return self._writer.position

    def write(self, piece: memoryview | bytes) -> Awaitable[None] | None:
        """Write one piece; raises `Superseded` or `DiskFull`.

        Answers None where it is done with the piece. Else whoever wrote must wait for what is answered,
        before the next piece; that may raise as well, `Busy` too, where another process hangs.
        """
        before = self._writer.position // LEAF_BYTES
        try:
            self._append(piece)
        except Busy:
            return self._write_patiently(bytes(piece), before)
        if self._writer.position // LEAF_BYTES == before:
            return None
        return self._keep_leaves_from(before)

    async def _write_patiently(self, piece: bytes, before: int) -> None:
        # Somebody is just taking this upload over; a moment later we know whether it is lost.
        for _ in range(_PATIENCE):
            await asyncio.sleep(_PAUSE_SECONDS)
            with suppress(Busy):
                self._append(piece)
                return await self._keep_leaves_from(before)
        raise Busy

    def _append(self, piece: memoryview | bytes) -> None:
        begin = self._writer.position
        self._writer.append(piece)
        BYTES_TAKEN.inc(len(piece))
        self._passing.passed(piece, begin)

    async def take_up(self, chunk: Chunk) -> None:
        """Move the next part of a verified chunk in; raises `Superseded`, `DiskFull`, or `Busy`."""
        begin = self._writer.position
        await self._threads.on_disk(chunk.move_some, self._writer)
        BYTES_TAKEN.inc(self._writer.position - begin)
        await self._keep_leaves_from(begin // LEAF_BYTES)

    async def _keep_leaves_from(self, first: int) -> None:
        for index in range(first, self._writer.position // LEAF_BYTES):
            if len(self._leaves) == _LEAVES_BEHIND:
                settled = await self._settle_oldest_leaf()
                if self._reached is not None:
                    await self._reached((settled + 1) * LEAF_BYTES)
            digest = self._passing.digest(index)
            leaf = self._threads.begin_on_disk(self._writer.keep_leaf, index, digest)
            self._leaves.append((index, leaf))

    async def settle(self) -> None:
        """Wait until everything before `position` is on the disk."""
        await self.settle_leaves()
        await self._threads.on_disk(self._writer.sync)

    async def settle_leaves(self) -> None:
        """Wait until every whole leaf has its hash, and whatever the hosts share has every byte."""
        while self._leaves:
            await self._settle_oldest_leaf()
        if self._writer.shares:
            await self._threads.on_disk(self._writer.share)

    async def _settle_oldest_leaf(self) -> int:
        index, leaf = self._leaves.pop(0)
        try:
            await ended(leaf)
        except FileNotFoundError:  # the upload was ended while we wrote
            raise Superseded from None
        return index

    def close(self) -> None:
        """Close the files."""
        self._writer.close()
