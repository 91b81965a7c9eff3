"""A JPEG that may leave the pipeline: tables, frame, scans and a bare JFIF header; no comment, no EXIF,
nothing between and nothing after.

Segments as in ITU-T T.81, annex B. Fails closed.
"""

import re
import struct
from collections.abc import Callable
from pathlib import Path

from workers.strip.unclean import UncleanError

_SOI, _EOI, _SOS, _JFIF, _RESTARTS, _DRI = 0xD8, 0xD9, 0xDA, 0xE0, 0xD0, 0xDD
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive."""
_MOST_BYTES = 256 << 20
_JFIF_BODY = re.compile(rb"JFIF\0\x01[\0-\x02][\0-\x02]....\0\0", re.DOTALL)
"""Version, unit, two densities, and a thumbnail of no pixels (T.871, 10.1)."""
_IN_SCAN = re.compile(rb"\xff(?!\0)")


def prove_clean(path: Path) -> None:
    """Read the JPEG's segments and return if all is allowed. Raises `UncleanError`."""
    if path.stat().st_size > _MOST_BYTES:
        raise UncleanError("the picture is too long to be read")
    data = path.read_bytes()
    if data[:2] != bytes([0xFF, _SOI]):
        raise UncleanError("not a JPEG")
    position, frames, restarts = 2, 0, False
    while (marker := _marker(data, position)) != _EOI:
        body = _body(data, position)
        if not _plain(marker, body) or (marker == _JFIF and position != 2):
            raise UncleanError(f"segment {marker:02x}")
        frames += marker in _FRAMES
        restarts = any(body) if marker == _DRI else restarts
        position += 4 + len(body)
        if marker == _SOS:
            position = _after_scan(data, position, restarts=restarts)
    if frames != 1:
        raise UncleanError("the picture has no frame, or two")
    if position + 2 != len(data):
        raise UncleanError("bytes after the end")


def _marker(data: bytes, position: int) -> int:
    if data[position : position + 1] != b"\xff" or position + 1 >= len(data):
        raise UncleanError("the picture ends early, or bytes stand between its segments")
    return data[position + 1]


def _body(data: bytes, position: int) -> bytes:
    (length,) = struct.unpack(">H", data[position + 2 : position + 4].rjust(2, b"\0"))
    body = data[position + 4 : position + 2 + length]
    if length < 2 or len(body) != length - 2:
        raise UncleanError("the picture ends early")
    return body


def _plain(marker: int, body: bytes) -> bool:
    if marker in _FRAMES:
        return len(body) > 5 and body[5] in (1, 3) and len(body) == 6 + 3 * body[5]
    judge = _JUDGES.get(marker)
    return judge is not None and judge(body)


def _quantization(body: bytes) -> bool:
    """Tables of 64 numbers, of one byte or two each (B.2.4.1)."""
    while body:
        wide, number = divmod(body[0], 16)
        if wide > 1 or number > 3 or len(body) < 65 + 64 * wide:
            return False
        body = body[65 + 64 * wide :]
    return True


def _huffman(body: bytes) -> bool:
    """Tables of as many codes as their lengths promise (B.2.4.2)."""
    while body:
        codes = sum(body[1:17])
        if body[0] & 0xEC or len(body) < 17 + codes or codes > 256:
            return False
        body = body[17 + codes :]
    return True


def _scan(body: bytes) -> bool:
    return bool(body) and 1 <= body[0] <= 3 and len(body) == 4 + 2 * body[0]


def _after_scan(data: bytes, position: int, *, restarts: bool) -> int:
    """The offset of the first marker after entropy-coded bytes; restarts count from 0 to 7 and again."""
    expected = 0
    for found in _IN_SCAN.finditer(data, position):
        follower = data[found.end()] if found.end() < len(data) else None
        if follower is None:
            break
        if not restarts or follower != _RESTARTS + expected:
            return found.start()
        expected = (expected + 1) % 8
    raise UncleanError("the picture ends early")


_JUDGES: dict[int, Callable[[bytes], bool]] = {
    _JFIF: lambda body: _JFIF_BODY.fullmatch(body) is not None,
    0xDB: _quantization,
    0xC4: _huffman,
    _DRI: lambda body: len(body) == 2,
    _SOS: _scan,
}
