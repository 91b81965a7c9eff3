"""The header of a film (`moov`): times, tracks and tables, and in none of them a date, a name or a place.

Fails closed: a box that is not listed fails the copy even if it is harmless, and so does a field with a value
that a player has no use for.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from workers.strip.boxes import Box, read, within
from workers.strip.entries import prove_entries
from workers.strip.unclean import UncleanError
from workers.strip.units import Coding

TABLE = "moov/trak/mdia/minf/stbl"
_FOLDERS = frozenset(
    {
        "moov/mvex",
        "moov/trak/edts",
        "moov/trak/mdia",
        "moov/trak/mdia/minf",
        "moov/trak/mdia/minf/dinf",
        TABLE,
    }
)
_NEEDED = frozenset({"tkhd", "mdhd", "hdlr", "dref", "stsd", "stts", "stsc", "stsz"})
_MOST_TRACKS = 2
_LISTS = 1 << 16
"""Descriptions are short; only tables of samples are long, and those are read row by row."""

_UNTURNED = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_MOVIE_REST = struct.pack(">IH10x", 1 << 16, 1 << 8) + _UNTURNED + bytes(24)
_ONE = 1 << 16
_QUARTER_TURNS = frozenset(
    {(a, 0, 0, d) for a in (_ONE, -_ONE) for d in (_ONE, -_ONE)}
    | {(0, b, c, 0) for b in (_ONE, -_ONE) for c in (_ONE, -_ONE)}
)
_UNDETERMINED = 0x55C4
"""The language code `und`, packed as in ISO/IEC 14496-12, 8.4.2.3."""
_SELF_CONTAINED = struct.pack(">III4sI", 0, 1, 12, b"url ", 1)
_NO_TAGS = struct.pack(">I4sI", 53, b"meta", 0) + (
    struct.pack(">I4sII4s4s", 33, b"hdlr", 0, 0, b"mdir", b"appl")
    + bytes(9)
    + struct.pack(">I4s", 8, b"ilst")
)
"""The empty list of tags that ffmpeg always writes."""
_HANDLERS: dict[bytes, Coding] = {b"vide": "avc1", b"soun": "mp4a"}
_HANDLER_NAMES = frozenset({b"\0", b"VideoHandler\0", b"SoundHandler\0"})
"""None, or what ffmpeg calls every track of every film."""


@dataclass(frozen=True, slots=True)
class Track:
    """One track of a proven header: its number, its coding, and its boxes by their four letters."""

    number: int
    coding: Coding
    boxes: Mapping[str, Box]

    def table(self, kind: str) -> Box:
        """A table that every track has. Raises `UncleanError` where this one has not."""
        found = self.boxes.get(kind)
        if found is None:
            raise UncleanError(f"{TABLE}/{kind}")
        return found


@dataclass(frozen=True, slots=True)
class Header:
    """A proven `moov`: the boxes of the film itself, and its tracks. `extensions` are the `trex` boxes."""

    boxes: Mapping[str, Box]
    tracks: tuple[Track, ...]
    extensions: tuple[Box, ...]


def prove_header(file: BinaryIO, moov: Box) -> Header:
    """Prove all of a `moov` but the rows of its tables. Raises `UncleanError`, `BoxError`."""
    film: dict[str, Box] = {}
    tracks: list[dict[str, Box]] = []
    extensions: list[Box] = []
    for box in within(file, moov):
        if box.path == "moov/trak":
            tracks.append({})
            continue
        _judge(file, box)
        if box.path == "moov/mvex/trex":
            extensions.append(box)
            continue
        group = tracks[-1] if box.path.startswith("moov/trak/") else film
        if box.kind in group:
            raise UncleanError(f"{box.path} stands there twice")
        group[box.kind] = box
    if "mvhd" not in film or not 1 <= len(tracks) <= _MOST_TRACKS or len(extensions) > len(tracks):
        raise UncleanError("moov")
    described = tuple(_track(file, boxes) for boxes in tracks)
    if len({track.number for track in described}) != len(described):
        raise UncleanError("moov/trak/tkhd")
    return Header(film, described, tuple(extensions))


def _track(file: BinaryIO, boxes: Mapping[str, Box]) -> Track:
    if not boxes.keys() >= _NEEDED or ("stco" in boxes) == ("co64" in boxes):
        raise UncleanError("moov/trak")
    coding = prove_entries(file, boxes["stsd"])
    if _HANDLERS[read(file, boxes["hdlr"])[8:12]] != coding:
        raise UncleanError("moov/trak/mdia/hdlr")
    header = read(file, boxes["tkhd"])
    (number,) = struct.unpack_from(">I", header, 20 if header[0] else 12)
    return Track(number, coding, boxes)


def _judge(file: BinaryIO, box: Box) -> None:
    if box.path in _FOLDERS or box.path in _ROW_BY_ROW:
        return
    judge = _JUDGES.get(box.path)
    if judge is None or not judge(read(file, box, _LISTS)):
        raise UncleanError(box.path)


def _times(body: bytes, short: struct.Struct, long: struct.Struct) -> tuple[tuple[int, ...], bytes] | None:
    """Split a header of version 0 or 1 into its times and the rest; None where it is neither."""
    layout = {0: short, 1: long}.get(body[0])
    return None if layout is None else (layout.unpack_from(body), body[layout.size :])


def _plain_movie(body: bytes) -> bool:
    split = _times(body, struct.Struct(">5I"), struct.Struct(">IQQIQ"))
    if split is None:
        return False
    (flags, created, modified, _, _), rest = split
    return flags in (0, 1 << 24) and not created and not modified and rest[:-4] == _MOVIE_REST


def _plain_track(body: bytes) -> bool:
    split = _times(body, struct.Struct(">6I"), struct.Struct(">IQQIIQ"))
    if split is None or len(split[1]) != 60:
        return False
    (flags, created, modified, _, reserved, _), rest = split
    if flags & 0xFFFFFF > 15 or created or modified or reserved or any(rest[:10]):
        return False
    group, volume, zero = struct.unpack_from(">HHH", rest, 10)
    return group <= 3 and volume in (0, 1 << 8) and not zero and _upright(struct.unpack_from(">9i", rest, 16))


def _upright(matrix: tuple[int, ...]) -> bool:
    """A turn by quarters, mirrored or not, moved by whole pixels: eight numbers leave no room for words."""
    a, b, u, c, d, v, x, y, w = matrix
    moved = all(at % _ONE == 0 and abs(at) <= 1 << 30 for at in (x, y))
    return (a, b, c, d) in _QUARTER_TURNS and (u, v, w) == (0, 0, 1 << 30) and moved


def _plain_medium(body: bytes) -> bool:
    split = _times(body, struct.Struct(">5I"), struct.Struct(">IQQIQ"))
    if split is None:
        return False
    (flags, created, modified, _, _), rest = split
    plain = struct.pack(">HH", _UNDETERMINED, 0)
    return flags in (0, 1 << 24) and not created and not modified and rest == plain


def _plain_handler(body: bytes) -> bool:
    return not any(body[:8] + body[12:24]) and body[8:12] in _HANDLERS and body[24:] in _HANDLER_NAMES


def _plain_group(body: bytes) -> bool:
    """How far a decoder of sound has to roll before it is right: one number (10.1.1.1)."""
    return len(body) == 18 and body[:16] == struct.pack(">I4sII", 1 << 24, b"roll", 2, 1)


def _exactly(*expected: bytes) -> Callable[[bytes], bool]:
    return lambda body: body in expected


def _sized(*lengths: int) -> Callable[[bytes], bool]:
    return lambda body: len(body) in lengths


_ROW_BY_ROW = frozenset(
    {f"{TABLE}/{kind}" for kind in ("stts", "ctts", "stss", "stsc", "stsz", "stco", "co64", "sbgp", "sdtp")}
    | {f"{TABLE}/stsd", "moov/trak/edts/elst"}
)
"""Proven elsewhere: sample entries by `entries`, the rest by `samples`."""
_JUDGES: dict[str, Callable[[bytes], bool]] = {
    "moov/mvhd": _plain_movie,
    "moov/udta": _exactly(_NO_TAGS),
    "moov/mvex/mehd": _sized(8, 12),
    "moov/mvex/trex": _sized(24),
    "moov/trak/tkhd": _plain_track,
    "moov/trak/mdia/mdhd": _plain_medium,
    "moov/trak/mdia/hdlr": _plain_handler,
    "moov/trak/mdia/minf/vmhd": _exactly(struct.pack(">I8x", 1)),
    "moov/trak/mdia/minf/smhd": _exactly(bytes(8)),
    "moov/trak/mdia/minf/dinf/dref": _exactly(_SELF_CONTAINED),
    f"{TABLE}/cslg": _sized(24),
    f"{TABLE}/sgpd": _plain_group,
}
