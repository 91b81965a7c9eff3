"""A piece of an upload gathered apart from it, until its sender's checksum has proved it whole.

The upload's file must never hold bytes that may have to be taken back: its size is the offset, and only
grows. So the piece has a draft file of its own, and moves in once it is verified.
"""

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from evidence.spool.layout import FILE_MODE
from evidence.spool.leaves import LEAF_BYTES
from evidence.spool.trouble import room_needed
from evidence.spool.writer import Writer


class Chunk:
    """A draft file that is hashed as it grows; a context manager that removes it.

    All of it blocks on the disk: for a thread. One thread at a time.
    """

    def __init__(self, path: Path, algorithm: str) -> None:
        self.size = 0
        self._moved = 0
        self._path = path
        self._hash = hashlib.new(algorithm, usedforsecurity=False)
        with room_needed():
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)

    def append(self, piece: bytes | bytearray | memoryview) -> None:
        """Add a piece; raises `DiskFull`, after which the chunk is of no use."""
        rest = memoryview(piece)
        while rest:
            with room_needed():
                written = os.pwrite(self._fd, rest, self.size)
            self._hash.update(rest[:written])
            self.size += written
            rest = rest[written:]

    @property
    def digest(self) -> bytes:
        """The hash of everything that was added."""
        return self._hash.digest()

    @property
    def moved(self) -> bool:
        """Whether all of it is in the upload."""
        return self._moved == self.size

    def move_some(self, writer: Writer) -> None:
        """Append the next part of the chunk to an upload, a leaf's length at most.

        Raises what `Writer.append_from` does; what had moved by then stays, since it is verified.
        """
        count = min(LEAF_BYTES, self.size - self._moved)
        self._moved += writer.append_from(self._fd, self._moved, count)

    def close(self) -> None:
        """Remove the draft."""
        os.close(self._fd)
        self._path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
