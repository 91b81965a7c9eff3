"""The store's and the spool's files as they are at one moment.

The store is stopped for some milliseconds, like by kill -9, and every file of it opened: what it has
acknowledged is there (`tipline.up.store`). Afterwards it goes on, and what was opened is read in peace: its
volumes, their indexes and its LevelDB's tables and logs only grow or are replaced by others, so that the
bytes up to the size that was seen never change. The rest is small, and read while the store stands still.

Copied are its files and not its objects, since S3 lets nobody choose the version of an object: restored by
S3, originals would have other versions than those the ledger names, and other locks.
"""

import os
import re
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from evidence.errors import Unavailable

_ONLY_GROWS = re.compile(r"(?:.*_)?\d+\.(?:dat|idx)|\d+\.(?:ldb|log)")
_VOLUME = re.compile(r"(?:.*_)?\d+\.dat")
# Version, compaction and the like (SeaweedFS's super block): a volume that is compacted has another one.
_SUPER_BLOCK = 8
_STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Seen:
    """A file as it was at that moment: its first `size` bytes, to be read by `fd`, or all of it, `whole`."""

    path: str
    size: int
    fd: int | None = None
    whole: bytes = b""
    grows: str | None = None

    def read(self, start: int, count: int) -> bytes:
        """Return up to `count` bytes from `start`, none past its size. Raises `Unavailable`."""
        if self.fd is None:
            return self.whole[start : start + count]
        wanted, pieces = min(count, self.size - start), list[bytes]()
        while wanted > 0:
            if not (piece := os.pread(self.fd, wanted, start)):
                raise Unavailable(f"{self.path} became shorter; take the backup again.", code="file_shrank")
            pieces.append(piece)
            start, wanted = start + len(piece), wanted - len(piece)
        return b"".join(pieces)


def spool_as_it_is(spool: Path, held: ExitStack) -> list[Seen]:
    """Open every file of the spool but drafts, for as long as `held`.

    Of each upload the hashes come before the bytes: those only speak of bytes that are there.
    """
    names = sorted(name for name in os.listdir(spool) if not name.endswith(".draft"))
    names.sort(key=lambda name: name.endswith(".bytes"))
    return [seen for name in names if (seen := _open(spool / name, f"spool/{name}", held))]


def store_as_it_is(data: Path, pid: int, held: ExitStack) -> list[Seen]:
    """Stop the store, whose process is `pid`, for as long as it takes to open its files under `data`."""
    with stopped(pid):
        return [
            seen
            for folder, _, names in os.walk(data)
            for name in sorted(names)
            if (seen := _seen_of_store(Path(folder) / name, data, held))
        ]


def allow_many_files() -> None:
    """Ask for as many descriptors as this process may have: each volume and upload takes some."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """Keep a process still meanwhile; it goes on even where we are killed. Raises `Unavailable`."""
    waker = subprocess.Popen(  # noqa: S603 (its end of the pipe closes when we end, however)
        ["/bin/sh", "-c", f"read _; kill -CONT {pid}"], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        os.kill(pid, signal.SIGSTOP)
        _wait_until_still(pid)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
        waker.communicate()


def _wait_until_still(pid: int) -> None:
    until = time.monotonic() + _STOP_SECONDS
    while not all(_is_still(task) for task in Path(f"/proc/{pid}/task").iterdir()):
        if time.monotonic() > until:
            raise Unavailable("The store does not stand still; try again.", code="store_busy")
        time.sleep(0.001)


def _is_still(task: Path) -> bool:
    try:
        return (task / "stat").read_text().rpartition(")")[2].split()[0] in "TZX"
    except (FileNotFoundError, ProcessLookupError):
        return True  # a thread that has ended


def _seen_of_store(place: Path, data: Path, held: ExitStack) -> Seen | None:
    path = f"store/data/{place.relative_to(data)}"
    if _ONLY_GROWS.fullmatch(place.name):
        return _open(place, path, held)
    content = place.read_bytes()
    return Seen(path, len(content), whole=content)


def _open(place: Path, path: str, held: ExitStack) -> Seen | None:
    try:
        fd = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None  # it ended a moment ago
    held.callback(os.close, fd)
    status = os.fstat(fd)
    grows = None
    if _VOLUME.fullmatch(place.name):
        grows = f"{status.st_ino}-{os.pread(fd, _SUPER_BLOCK, 0).hex()}"
    return Seen(path, status.st_size, fd, grows=grows)
