"""Which files an upload has in the spool's directory.

| file | what it holds | how it changes |
|---|---|---|
| `<id>.bytes` | the upload's bytes; its size is the offset | only grows |
| `<id>.leaves` | SHA-256 of whole 8 MiB leaf i in 32-byte slot i | each slot gets one value, for ever |
| `<id>.sidecar` | a counter: whoever raised it last may write (`generation`) | only rises, under the file's lock |
| the same, behind it | what was said of the upload at first: length, lifetime, sealed name, encrypted metadata (`sidecar`) | write-once, the last made and the first removed |
| `<id>.length` | the length, where it was declared later | write-once; a live one's may be cut to what came |
| `<id>.damaged` | only that it is there: the disk lost some of the bytes (`damage`) | write-once |
| `<id>.<random>.draft` | a checksummed chunk, until its sum has proved it | moved into the bytes, then removed |
| `<id>.received` | only that it is there: the database has the media, the upload is over | write-once |
"""  # noqa: E501

import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from evidence.spool.trouble import room_needed

# The worker may be another user of the same group: it reads, the door alone writes.
FILE_MODE = 0o640


@dataclass(frozen=True)
class Files:
    """The paths of one upload."""

    root: Path
    upload_id: UUID

    def _named(self, suffix: str) -> Path:
        return self.root / f"{self.upload_id}.{suffix}"

    @property
    def bytes(self) -> Path:
        """The bytes themselves."""
        return self._named("bytes")

    @property
    def leaves(self) -> Path:
        """The leaf hashes."""
        return self._named("leaves")

    @property
    def sidecar(self) -> Path:
        """What was said about the upload when it was created."""
        return self._named("sidecar")

    @property
    def length(self) -> Path:
        """The length that was declared later."""
        return self._named("length")

    @property
    def received(self) -> Path:
        """The mark that the database has the media."""
        return self._named("received")

    @property
    def damaged(self) -> Path:
        """The mark that the disk did not keep what it was given."""
        return self._named("damaged")

    def draft(self) -> Path:
        """A name of its own for something that is being made; what stays behind is swept after an hour."""
        return self._named(f"{secrets.token_hex(8)}.draft")

    def all(self) -> tuple[Path, ...]:
        """Every file there may be, in the order in which they must go: the sidecar first."""
        return (self.sidecar, self.received, self.length, self.damaged, self.leaves, self.bytes)


@contextmanager
def opened(path: Path, flags: int = os.O_RDONLY) -> Iterator[int]:
    """Open a file that is there, for as long as its descriptor is needed; raises `FileNotFoundError`."""
    fd = os.open(path, flags | os.O_CLOEXEC)
    try:
        yield fd
    finally:
        os.close(fd)


def make_file(path: Path, content: bytes) -> None:
    """Create a file that must not exist yet; raises `FileExistsError`, or `DiskFull` and leaves none.

    It survives kill -9 at once, a power cut only after `sync_file` and `sync_directory`.
    """
    with room_needed():
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
        try:
            _write_whole(fd, content)
        except BaseException:
            path.unlink()
            raise
        finally:
            os.close(fd)


def _write_whole(fd: int, content: bytes) -> None:
    """A disk that is nearly full takes a part, and says so only by the count."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(fd, rest) :]


def publish_file(
    path: Path,
    content: bytes,
    *,
    synced: bool,
    holding: AbstractContextManager[None] | None = None,
    anew: bool = False,
) -> None:
    """Create a write-once file whole: a reader sees all of it or nothing; `anew`, also where it is there.

    Where it is `synced` first, a power cut knows nothing in between either; else it may leave a file that is
    cut short, until `sync_file`. It gets its name while `holding` is held.
    Raises `FileExistsError` where it is there already, `DiskFull`, or what `holding` raises.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.draft")
    make_file(draft, content)
    try:
        with room_needed():
            if synced:
                sync_file(draft)
            with holding or nullcontext():
                if anew:
                    os.replace(draft, path)
                else:
                    os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Put a file's bytes, and the size that leads to them, on the disk."""
    with opened(path) as fd:
        os.fdatasync(fd)


def sync_directory(path: Path) -> None:
    """Put a directory's entries on the disk."""
    with opened(path, os.O_RDONLY | os.O_DIRECTORY) as fd:
        os.fsync(fd)


def untouched_for(root: Path, time: timedelta) -> Iterator[Path]:
    """Every file in the directory that nobody has written for so long."""
    limit = (datetime.now(UTC) - time).timestamp()
    for entry in os.scandir(root):
        with suppress(FileNotFoundError):
            if entry.stat().st_mtime < limit and entry.is_file():
                yield Path(entry.path)
