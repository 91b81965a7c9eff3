"""The one who writes: pieces at explicit offsets, as long as nobody newer has come."""

import os
from types import TracebackType
from typing import Self

from evidence.spool import generation, leaves
from evidence.spool.copying import copy_range
from evidence.spool.damage import sync_bytes
from evidence.spool.layout import Files
from evidence.spool.trouble import Superseded, room_needed


class Writer:
    """Appends to one upload under one generation; a context manager that closes its descriptors.

    `position` is the offset of the next byte: everything before it is in the file. One that `shares` must
    also `share`, before the upload is complete.
    """

    shares = False

    def __init__(self, files: Files, generation_number: int, position: int) -> None:
        self.position = position
        self._files = files
        self._mine = generation_number
        self._counter = generation.open_counter(files.sidecar)
        try:
            self._fd = os.open(files.bytes, os.O_WRONLY | os.O_CLOEXEC)
        except BaseException:
            os.close(self._counter)
            raise

    def append(self, piece: bytes | bytearray | memoryview) -> None:
        """Write the whole piece at `position`.

        Raises `Superseded` where a newer request came (nothing is written then), `Busy` where one is just
        coming (try again), `DiskFull` with `position` after the bytes that still found room.
        """
        with generation.step(self._counter):
            if generation.read(self._counter) != self._mine:
                raise Superseded
            self._write(memoryview(piece))

    def _write(self, rest: memoryview) -> None:
        while rest:
            with room_needed():
                written = os.pwrite(self._fd, rest, self.position)
            self.position += written
            rest = rest[written:]

    def append_from(self, source: int, start: int, count: int) -> int:
        """Append up to `count` bytes of another file's descriptor, and return how many; blocks.

        Raises `Superseded`, `Busy` where a stopped process holds the upload's lock, or `DiskFull`.
        """
        with generation.patient_step(self._counter):
            if generation.read(self._counter) != self._mine:
                raise Superseded
            copied = copy_range(source, start, self._fd, self.position, count)
        self.position += copied
        return copied

    def keep_leaf(self, index: int, digest: bytes | None = None) -> None:
        """Put a whole leaf on the disk and its hash into its slot, as `leaves.keep_leaf` does."""
        leaves.keep_leaf(self._files, index, digest)

    def share(self) -> None:
        """Put everything before `position` where other hosts find it; one host alone has nothing to do."""

    def sync(self) -> None:
        """Put everything before `position` on the disk; blocks: for a thread.

        Raises as `damage.sync_bytes`.
        """
        sync_bytes(self._files, self._fd)

    def close(self) -> None:
        """Close the descriptors."""
        os.close(self._fd)
        os.close(self._counter)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
