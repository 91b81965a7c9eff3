"""The boxes of an MP4 or MOV file (ISO/IEC 14496-12, 4.2): a type of four letters, a size in bytes, a body.

Read from files that may be hostile: sizes are checked against what encloses them, depth and number are
bounded.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

CONTAINERS = frozenset({"moov", "trak", "edts", "mdia", "minf", "dinf", "stbl"})
FRAGMENTED = CONTAINERS | {"mvex", "moof", "traf"}
_MOST_BOXES = 100_000
_MOST_DEPTH = 8


class BoxError(ValueError):
    """A box does not fit into what encloses it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box: `path` from the root such as `moov/trak/mdia`, its body's place and length in bytes."""

    path: str
    start: int
    length: int

    @property
    def kind(self) -> str:
        """The four letters."""
        return self.path.rpartition("/")[2]

    @property
    def end(self) -> int:
        """The offset of the first byte after it."""
        return self.start + self.length


def walk(file: BinaryIO, length: int) -> Iterator[Box]:
    """Every box of a file of `length` bytes, each before the boxes in it. Raises `BoxError`."""
    yield from within(file, Box("", 0, length), CONTAINERS)


def within(file: BinaryIO, box: Box, containers: frozenset[str] = FRAGMENTED) -> Iterator[Box]:
    """Every box inside a box, each before the boxes in it. Raises `BoxError`."""
    for count, found in enumerate(_walk(file, box, containers, 0)):
        if count >= _MOST_BOXES:
            raise BoxError("more boxes than any real recording has")
        yield found


def children(file: BinaryIO, start: int, end: int, parent: str) -> Iterator[Box]:
    """The boxes that lie side by side between two offsets. Raises `BoxError`."""
    while start < end:
        if end - start < 8:
            raise BoxError(f"{end - start} stray bytes in {parent or 'the file'}")
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        header = 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8).ljust(8, b"\0"))
            header = 16
        elif size == 0 and kind == b"mdat":  # to the end of the file: what a recorder that was cut off leaves
            size = end - start
        if size < header or start + size > end:
            raise BoxError(f"a box of {size} bytes does not fit into {parent or 'the file'}")
        name = kind.decode("latin-1")
        yield Box(f"{parent}/{name}" if parent else name, start + header, size - header)
        start += size


def read(file: BinaryIO, box: Box, most: int = 1 << 20) -> bytes:
    """A box's body. Raises `BoxError` above `most` bytes."""
    if box.length > most:
        raise BoxError(f"{box.path} is too long to be read")
    file.seek(box.start)
    return file.read(box.length)


def _walk(file: BinaryIO, parent: Box, containers: frozenset[str], depth: int) -> Iterator[Box]:
    if depth > _MOST_DEPTH:
        raise BoxError("boxes within boxes without end")
    for box in children(file, parent.start, parent.end, parent.path):
        yield box
        if box.kind in containers:
            yield from _walk(file, box, containers, depth + 1)


def has_index(file: BinaryIO, length: int) -> bool:
    """Whether a `moov` lies at the root of a file, however damaged what follows it."""
    try:
        return any(box.path == "moov" for box in children(file, 0, length, ""))
    except BoxError:
        return False
