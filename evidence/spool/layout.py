"""Which files an upload has in the spool's directory.

| file | what it holds | how it changes |
|---|---|---|
| `<id>.bytes` | the upload's bytes; its size is the offset | only grows |
| `<id>.leaves` | SHA-256 of whole 8 MiB leaf i in 32-byte slot i | each slot gets one value, for ever |
| `<id>.json` | the sidecar: length, lifetime, sealed name, encrypted metadata | write-once, the last made and the first removed |
| `<id>.length` | the length, where it was declared later | write-once |
| `<id>.generation` | a counter; whoever raised it last may write | only rises, under a file lock |
| `<id>.<random>.draft` | a checksummed chunk, until its sum has proved it | moved into the bytes, then removed |
| `<id>.received` | only that it is there: the database has the media, the upload is over | write-once |
"""  # noqa: E501

import os
import secrets
from dataclasses import dataclass
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
        return self._named("json")

    @property
    def length(self) -> Path:
        """The length that was declared later."""
        return self._named("length")

    @property
    def generation(self) -> Path:
        """The counter that says who may write."""
        return self._named("generation")

    @property
    def received(self) -> Path:
        """The mark that the database has the media."""
        return self._named("received")

    @property
    def cut_short(self) -> bool:
        """Whether a power cut came between the sidecar's name and its content: nobody was told of it."""
        try:
            return self.sidecar.stat().st_size == 0
        except FileNotFoundError:
            return False

    def draft(self) -> Path:
        """A name of its own for something that is being made; what stays behind is swept after an hour."""
        return self._named(f"{secrets.token_hex(8)}.draft")

    def all(self) -> tuple[Path, ...]:
        """Every file there may be, in the order in which they must go: the sidecar first."""
        return (self.sidecar, self.received, self.length, self.generation, self.leaves, self.bytes)


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


def publish_file(path: Path, content: bytes, *, synced: bool) -> None:
    """Create a write-once file whole: a reader sees all of it or nothing.

    Where it is `synced` first, a power cut knows nothing in between either; else it may leave an empty file,
    until `sync_file`. Raises `FileExistsError` where it is there already, or `DiskFull`.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.draft")
    make_file(draft, content)
    try:
        with room_needed():
            if synced:
                sync_file(draft)
            os.link(draft, path)
    finally:
        draft.unlink()


def sync_file(path: Path) -> None:
    """Put a file's bytes, and the size that leads to them, on the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(fd)
    finally:
        os.close(fd)


def sync_directory(path: Path) -> None:
    """Put a directory's entries on the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
