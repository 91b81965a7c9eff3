"""One reader of a file that grows, shared by everybody who follows it.

The file's size is asked for each 30 ms, for all files in one visit to a thread: the event loop never waits
for a disk. What is new is read once and handed to every follower; who is further behind reads for themselves.
"""

import asyncio
import errno
import logging
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from evidence.errors import Unavailable
from evidence.live.index import Index
from evidence.live.indexing import index_for
from evidence.spool import Spool
from evidence.spool.layout import Files
from evidence.spool.standing import declared_length
from evidence.spread.follower import Follower

log = logging.getLogger("tipline.console")

POLL_SECONDS = 0.03
# Where uploads grow on other hosts, each question costs a request to the store.
CATCH_UP_SECONDS = 0.2
_PIECE = 256 * 1024
_LOOK = 64 * 1024
_RECENT_BYTES = 2 * 1024 * 1024


# Apart from the pages' threads, which a database that is away can hold up.
_THREADS = ThreadPoolExecutor(4, thread_name_prefix="tail")
_Result = TypeVar("_Result")


async def in_thread(work: Callable[[], _Result]) -> _Result:
    """Do what waits for a disk beside the event loop."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, work)


@dataclass(frozen=True)
class _Piece:
    offset: int
    data: bytes


@dataclass
class Tail:
    """A growing file as far as it is known; `over` once nothing more can come, `cut` where there was more."""

    files: Files
    fd: int
    index: Index
    size: int = 0
    over: bool = False
    cut: bool = False
    followers: int = 0
    _recent: tuple[_Piece, ...] = ()
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    kept_up: "asyncio.Task[None] | None" = None

    async def read(self, at: int) -> bytes:
        """Return some bytes from `at` on, waiting for them where need be; none once the file is over."""
        while at >= self.size:
            if self.cut:
                raise Unavailable(
                    "The end of this part is in the store by now; ask again.", code="part_moved"
                )
            if self.over:
                return b""
            await self._news.wait()
        for piece in self._recent:
            if piece.offset <= at < piece.offset + len(piece.data):
                return piece.data[at - piece.offset :] if at > piece.offset else piece.data
        return await self.part(at, min(self.size, at + _PIECE))

    async def part(self, begin: int, end: int) -> bytes:
        """Return the bytes from `begin` to before `end`, which are there."""
        return await in_thread(lambda: os.pread(self.fd, end - begin, begin))

    def look(self) -> bool:
        """Read what is new, in a thread; say whether anything is."""
        over, before = self._settled(), self.size
        size = os.fstat(self.fd).st_size
        while self.size < size:
            data = os.pread(self.fd, min(_PIECE, size - self.size), self.size)
            if not data:
                break
            self._remember(_Piece(self.size, data))
            self.size += len(data)
        self._index()
        self.over = over or self.size == declared_length(self.files)
        return self.over or self.size > before

    def wake(self) -> None:
        """Tell the followers, on the loop, that there is news."""
        told, self._news = self._news, asyncio.Event()
        told.set()

    def _settled(self) -> bool:
        """Whether its bytes have become a media, or were taken away: then what is there now is all."""
        return self.files.received.exists() or os.fstat(self.fd).st_nlink == 0

    def _remember(self, piece: _Piece) -> None:
        kept, room = [piece], _RECENT_BYTES - len(piece.data)
        for known in reversed(self._recent):
            room -= len(known.data)
            if room < 0:
                break
            kept.append(known)
        self._recent = tuple(reversed(kept))

    def _index(self) -> None:
        index = self.index
        while index.wants < self.size and not index.broken:
            data = os.pread(self.fd, min(max(_LOOK, index.look), self.size - index.wants), index.wants)
            if not index.take(data) and index.wants + len(data) >= self.size:
                break


def _begin(files: Files, mime: str) -> Tail:
    fd = os.open(files.bytes, os.O_RDONLY | os.O_CLOEXEC)
    tail = Tail(files, fd, index_for(mime))
    tail.size = os.fstat(fd).st_size  # what is there already is read by whoever wants it
    tail.look()
    return tail


def _grown_of(tails: list[Tail]) -> list[Tail]:
    return [tail for tail in tails if _grown(tail)]


def _grown(tail: Tail) -> bool:
    try:
        return tail.look()
    except OSError as error:
        # One file that cannot be read must not stop the others; its followers ask again, and are told why.
        log.error("a growing file cannot be read: %s", errno.errorcode.get(error.errno or 0))
        tail.over = True
        return True


@dataclass
class Tails:
    """Every file that somebody follows just now.

    Where uploads grow on many hosts, `elsewhere` keeps what is followed at its end, in the same directory.
    """

    spool: Path
    elsewhere: Follower | None = None
    open: dict[UUID, Tail] = field(default_factory=dict)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _poller: "asyncio.Task[None] | None" = None

    @asynccontextmanager
    async def following(self, upload_id: UUID, mime: str) -> AsyncIterator[Tail]:
        """Follow an upload's bytes; raises `FileNotFoundError` where the spool has let go of them."""
        async with self._opening:
            tail = self.open.get(upload_id)
            if tail is None:
                if self.elsewhere:
                    await in_thread(partial(self.elsewhere.catch_up, upload_id))
                tail = await in_thread(lambda: _begin(Files(self.spool, upload_id), mime))
                self.open[upload_id] = tail
                if self.elsewhere:
                    keeping_up = self._keep_up(self.elsewhere, tail)
                    tail.kept_up = asyncio.create_task(keeping_up, name="keep up")
            tail.followers += 1
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(), name="tails")
        try:
            yield tail
        finally:
            tail.followers -= 1

    @property
    def followers(self) -> int:
        """How many players follow some file; from any thread."""
        return sum(tail.followers for tail in list(self.open.values()))

    def growth(self, upload_id: UUID) -> tuple[int, float]:
        """Say how many bytes came, and when the last did (seconds since 1970); else `FileNotFoundError`."""
        return (self.elsewhere or Spool(self.spool)).progress(upload_id)

    async def close(self) -> None:
        """Stop looking; the process ends."""
        keeping_up = (tail.kept_up for tail in self.open.values())
        for task in (self._poller, *keeping_up):
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _keep_up(self, elsewhere: Follower, tail: Tail) -> None:
        """Keep the copy of what grows elsewhere at its end, as long as it is followed, and drop it then."""
        upload_id = tail.files.upload_id
        while not tail.over and self.open.get(upload_id) is tail:
            await asyncio.sleep(CATCH_UP_SECONDS)
            try:
                await in_thread(partial(elsewhere.catch_up, upload_id))
            except Unavailable as refusal:
                log.warning("a broadcast waits for the store: %s", refusal.code)
            except OSError as error:
                if not isinstance(error, FileNotFoundError):  # this host's disk is full, or gone
                    log.error("a broadcast cannot be copied: %s", errno.errorcode.get(error.errno or 0))
                tail.cut = tail.over = True
                tail.wake()
        if upload_id not in self.open:
            elsewhere.drop(upload_id)

    async def _poll(self) -> None:
        """Look at every file as long as there is one; nobody's file is let go of in between two looks."""
        while self.open:
            followed = [tail for tail in self.open.values() if not tail.over]
            for tail in await in_thread(partial(_grown_of, followed)):
                tail.wake()
            self._let_go()
            await asyncio.sleep(POLL_SECONDS)

    def _let_go(self) -> None:
        if self._opening.locked():
            return
        for upload_id, tail in list(self.open.items()):
            if tail.followers == 0:
                del self.open[upload_id]
                os.close(tail.fd)
                if self.elsewhere and tail.kept_up and tail.kept_up.done():
                    self.elsewhere.drop(upload_id)
