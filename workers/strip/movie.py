"""An MP4 that may leave the pipeline: only boxes on this list, and in them nothing but what a player needs.

Fails closed: a box that is not listed fails the copy even if it is harmless. What stands inside the coded
frames is the recipe's to remove (SEI units) and the tests' to search.
"""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from workers.strip.boxes import Box, BoxError, children, read, walk

_TABLE = "moov/trak/mdia/minf/stbl"
_PLAIN = frozenset(
    {
        *("ftyp", "mdat", "moov", "moov/trak", "moov/trak/edts", "moov/trak/edts/elst", "moov/trak/mdia"),
        *("moov/trak/mdia/minf", "moov/trak/mdia/minf/vmhd", "moov/trak/mdia/minf/smhd"),
        *("moov/trak/mdia/minf/dinf", _TABLE),
        *(f"{_TABLE}/{kind}" for kind in ("stts", "ctts", "cslg", "stss", "stsc", "stsz", "stco", "co64")),
        *(f"{_TABLE}/{kind}" for kind in ("sgpd", "sbgp", "sdtp")),
    }
)
_NO_TAGS = struct.pack(">I4sI", 53, b"meta", 0) + (
    struct.pack(">I4sII4s4s", 33, b"hdlr", 0, 0, b"mdir", b"appl")
    + bytes(9)
    + struct.pack(">I4s", 8, b"ilst")
)
"""The empty list of tags that ffmpeg always writes."""
_SELF_CONTAINED = struct.pack(">III4sI", 0, 1, 12, b"url ", 1)
_UNDETERMINED = 0x55C4
"""The language code `und`, packed as in ISO/IEC 14496-12, 8.4.2.3."""
_ENTRY_HEADERS = {"avc1": 78, "mp4a": 28}
_IN_ENTRIES = frozenset({"avcC", "esds", "colr", "pasp", "btrt"})
_COMPRESSORS = frozenset({b"", b"Lavc libx264"})


class UncleanError(Exception):
    """A copy holds something that is not on the list; the message names the place, never the content."""


def prove_clean(path: Path) -> None:
    """Read the MP4's boxes and return if all is allowed. Raises `UncleanError`."""
    length = path.stat().st_size
    with path.open("rb") as file:
        try:
            for box in walk(file, length):
                if box.path not in _PLAIN:
                    _judge(file, box)
        except (BoxError, struct.error, IndexError) as broken:
            raise UncleanError(f"the copy cannot be read: {broken}") from broken


def _judge(file: BinaryIO, box: Box) -> None:
    judge = _JUDGES.get(box.path)
    if judge is None or not judge(file, box):
        raise UncleanError(box.path)


def _no_dates(file: BinaryIO, box: Box) -> bool:
    body = read(file, box)
    return not any(body[4 : 20 if body[0] == 1 else 12])


def _no_date_no_language(file: BinaryIO, box: Box) -> bool:
    (language,) = struct.unpack(">H", read(file, box)[-4:-2])
    return _no_dates(file, box) and language == _UNDETERMINED


def _no_name(file: BinaryIO, box: Box) -> bool:
    body = read(file, box)
    return body[8:12] in (b"vide", b"soun") and not any(body[12:]) and len(body) <= 25


def _plain_entries(file: BinaryIO, box: Box) -> bool:
    """Sample entries, 8.5.2: their own header, then boxes that describe the coding."""
    for entry in children(file, box.start + 8, box.start + box.length, box.path):
        header = _ENTRY_HEADERS.get(entry.kind)
        if header is None:
            return False
        if entry.kind == "avc1" and _compressor(file, entry) not in _COMPRESSORS:
            return False
        inside = children(file, entry.start + header, entry.start + entry.length, entry.path)
        if any(box.kind not in _IN_ENTRIES for box in inside):
            return False
    return True


def _compressor(file: BinaryIO, entry: Box) -> bytes:
    """The 32 bytes for a human-readable coder's name in a visual sample entry, without their padding."""
    field = read(file, entry)[42:74]
    return field[1:].rstrip(b"\0")


def _exactly(expected: bytes) -> Callable[[BinaryIO, Box], bool]:
    return lambda file, box: read(file, box) == expected


_JUDGES: dict[str, Callable[[BinaryIO, Box], bool]] = {
    "free": lambda _, box: box.length == 0,
    "moov/mvhd": _no_dates,
    "moov/trak/tkhd": _no_dates,
    "moov/trak/mdia/mdhd": _no_date_no_language,
    "moov/trak/mdia/hdlr": _no_name,
    "moov/trak/mdia/minf/dinf/dref": _exactly(_SELF_CONTAINED),
    f"{_TABLE}/stsd": _plain_entries,
    "moov/udta": _exactly(_NO_TAGS),
}
