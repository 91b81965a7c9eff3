"""What of a fragmented MP4 that still grows is whole: the initialization, then fragment after fragment."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_HEADER = struct.Struct(">I4s")
_LAST = {b"moov", b"mdat"}
"""A piece ends with its index or with its frames (ISO/IEC 14496-12, 8.8: `ftyp moov`, then `moof mdat`)."""


class Growing:
    """Reads on where it stopped; our own ffmpeg writes, with sizes of 32 bits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def whole(self) -> Iterator[bytes]:
        """Every piece that has become whole since the last call, in order."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            while end := _end_of_piece(file, self._read):
                file.seek(self._read)
                piece = file.read(end - self._read)
                self._read = end
                yield piece


def _end_of_piece(file: BinaryIO, start: int) -> int:
    """The offset behind the piece that begins at `start`, 0 while it is not whole."""
    length = file.seek(0, 2)
    while start + _HEADER.size <= length:
        file.seek(start)
        size, kind = _HEADER.unpack(file.read(_HEADER.size))
        start += max(size, _HEADER.size)
        if start > length:
            return 0
        if kind in _LAST:
            return start
    return 0
