"""The tables of a track, row by row: a film of hours has millions of rows, and none is held in memory."""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from workers.strip.boxes import Box
from workers.strip.unclean import UncleanError

MOST_ROWS = 20_000_000
"""Four hours of slow motion with its sound have a quarter of that."""
_PIECE_ROWS = 4096
_COUNT = struct.Struct(">I")


def rows(file: BinaryIO, box: Box, layout: struct.Struct, before: int = 8) -> Iterator[tuple[int, ...]]:
    """The rows of a full box, of which the last of the `before` first bytes count how many there are.

    Raises `UncleanError` where the box is longer or shorter than its rows.
    """
    count = row_count(file, box, before)
    if before + count * layout.size != box.length:
        raise UncleanError(box.path)
    return _read(file, box.start + before, box.end, layout)


def row_count(file: BinaryIO, box: Box, before: int = 8) -> int:
    """How many rows a table claims to have. Raises `UncleanError` above `MOST_ROWS`."""
    file.seek(box.start)
    head = file.read(before) if box.length >= before else b""
    if len(head) < before or any(head[:4]):
        raise UncleanError(box.path)
    (count,) = _COUNT.unpack(head[-4:])
    if count > MOST_ROWS:
        raise UncleanError(box.path)
    return int(count)


def _read(file: BinaryIO, start: int, end: int, layout: struct.Struct) -> Iterator[tuple[int, ...]]:
    while start < end:
        file.seek(start)
        piece = file.read(min(end - start, _PIECE_ROWS * layout.size))
        yield from layout.iter_unpack(piece)
        start += len(piece)
