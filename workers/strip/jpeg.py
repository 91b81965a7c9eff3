"""A JPEG that may leave the pipeline: tables, frame, scans and a JFIF header; no comment, no EXIF, nothing
after.

Segments as in ITU-T T.81, annex B. Fails closed.
"""

import struct
from pathlib import Path

from workers.strip.movie import UncleanError

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_JFIF = 0xE0
_ALLOWED = frozenset({_SOS, _JFIF, 0xDB, 0xC4, 0xDD, 0xC0, 0xC1, 0xC2})
"""Scan, JFIF, quantization, Huffman, restart interval; baseline, extended and progressive frames."""
_MOST_BYTES = 256 << 20
_JFIF_BYTES = 16


def prove_clean(path: Path) -> None:
    """Read the JPEG's segments and return if all is allowed. Raises `UncleanError`."""
    if path.stat().st_size > _MOST_BYTES:
        raise UncleanError("the picture is too long to be read")
    data = path.read_bytes()
    if data[:2] != bytes([0xFF, _SOI]):
        raise UncleanError("not a JPEG")
    position = 2
    while True:
        marker = _marker(data, position)
        if marker == _EOI:
            break
        if marker not in _ALLOWED:
            raise UncleanError(f"segment {marker:02x}")
        (length,) = struct.unpack_from(">H", data.ljust(position + 4, b"\0"), position + 2)
        if marker == _JFIF and (length != _JFIF_BYTES or data[position + 4 : position + 9] != b"JFIF\0"):
            raise UncleanError("segment e0")
        position += 2 + length
        if marker == _SOS:
            position = _after_scan(data, position)
    if position + 2 != len(data):
        raise UncleanError("bytes after the end")


def _marker(data: bytes, position: int) -> int:
    if data[position : position + 1] != b"\xff" or position + 1 >= len(data):
        raise UncleanError("the picture ends early")
    return data[position + 1]


def _after_scan(data: bytes, position: int) -> int:
    """The offset of the first marker after entropy-coded bytes: 0xFF neither stuffed nor a restart."""
    while True:
        position = data.find(b"\xff", position)
        if position < 0 or position + 1 >= len(data):
            raise UncleanError("the picture ends early")
        follower = data[position + 1]
        if follower != 0 and not 0xD0 <= follower <= 0xD7:
            return position
        position += 2
