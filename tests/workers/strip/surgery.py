"""Planting bytes in a film so that all around them stays right: only what was planted can be refused."""

import io
import struct
from collections.abc import Iterable
from itertools import pairwise

from workers.strip.boxes import Box, within


def boxes(content: bytes) -> list[Box]:
    return list(within(io.BytesIO(content), Box("", 0, len(content))))


def find(content: bytes, path: str, number: int = 0) -> Box:
    return [box for box in boxes(content) if box.path == path][number]


def box(kind: str, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind.encode("latin-1")) + body


class Film(bytes):
    """Bytes of a film, which a failing test does not print."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"


def plant(
    content: bytes,
    path: str,
    extra: bytes,
    at: int | None = None,
    number: int = 0,
    sizes: Iterable[int] = (),
) -> bytes:
    """Put `extra` into the body of a box, at its end or at an offset; "" is the file itself.

    What encloses it grows, as do further boxes whose sizes stand at the offsets `sizes`.
    """
    place = find(content, path, number) if path else Box("", 0, len(content))
    where = place.end if at is None else place.start + at
    enclosing = [
        other.start - 8
        for other in boxes(content)
        if path.startswith(other.path) and other.start <= place.start and place.end <= other.end
    ]
    return _with(content, where, extra, [*enclosing, *sizes])


def swap(content: bytes, path: str, at: int, new: bytes, number: int = 0) -> bytes:
    """Write over bytes of a box's body."""
    start = find(content, path, number).start + at
    return Film(content[:start] + new + content[start + len(new) :])


def plant_unit(content: bytes, unit: bytes, sample: int = 0, *, first: bool = False) -> bytes:
    """Put one more NAL unit into a sample of the picture: its size grows, what lies behind it moves."""
    sized = struct.pack(">I", len(unit)) + unit
    return plant_in_sample(content, 0, sample, sized, first=first)


def plant_in_sample(content: bytes, track: int, sample: int, extra: bytes, *, first: bool = False) -> bytes:
    """Put bytes into a sample of a track, and tell its table of sizes."""
    start, size = samples(content, track)[sample]
    table = find(content, "moov/trak/mdia/minf/stbl/stsz", track)
    sizes = [table.start + 12 + 4 * sample, find(content, "mdat").start - 8]
    where = start if first else start + size
    return _with(content, where, extra, sizes, moving=where + 1 if first else where)


def plant_gap(content: bytes, extra: bytes, chunk: int) -> bytes:
    """Put bytes before a chunk of the picture that no sample owns."""
    table = find(content, "moov/trak/mdia/minf/stbl/stco")
    (where,) = struct.unpack_from(">I", content, table.start + 8 + 4 * chunk)
    return _with(content, where, extra, [find(content, "mdat").start - 8])


def widened(content: bytes) -> bytes:
    """The same film as one of more than 4 GB is written: chunks and media data counted in 64 bits."""
    tables = [table for table in boxes(content) if table.kind == "stco"]
    mdat = find(content, "mdat")
    grown = sum(table.length - 8 for table in tables) + 8
    wide = bytearray(content)
    wide[mdat.start - 8 : mdat.start] = struct.pack(">I4sQ", 1, b"mdat", mdat.length + 16)
    for table in reversed(tables):
        offsets = [offset + grown for offset in _numbers(content, table, 8)]
        body = content[table.start : table.start + 8] + struct.pack(f">{len(offsets)}Q", *offsets)
        wide[table.start - 8 : table.end] = box("co64", body)
        for other in boxes(content):
            if other.start < table.start and table.end <= other.end:
                _add(wide, other.start - 8, table.length - 8)
    return Film(wide)


def samples(content: bytes, track: int) -> list[tuple[int, int]]:
    """Offset and size of each sample of a track."""
    stbl = "moov/trak/mdia/minf/stbl"
    sizes = iter(_numbers(content, find(content, f"{stbl}/stsz", track), 12))
    offsets = _numbers(content, find(content, f"{stbl}/stco", track), 8)
    rows = _numbers(content, find(content, f"{stbl}/stsc", track), 8)
    runs = [*zip(rows[::3], rows[1::3], strict=True), (len(offsets) + 1, 0)]
    found = []
    for (begin, count), (end, _) in pairwise(runs):
        for offset in offsets[begin - 1 : end - 1]:
            at = offset
            for _ in range(count):
                size = next(sizes)
                found.append((at, size))
                at += size
    return found


def _numbers(content: bytes, table: Box, before: int) -> list[int]:
    body = content[table.start + before : table.end]
    whole = len(body) // 4 * 4
    return [number for (number,) in struct.iter_unpack(">I", body[:whole])]


def _add(content: bytearray, at: int, more: int) -> None:
    struct.pack_into(">I", content, at, struct.unpack_from(">I", content, at)[0] + more)


def _with(content: bytes, where: int, extra: bytes, sizes: Iterable[int], moving: int | None = None) -> bytes:
    """Insert, with grown sizes; chunks that begin at `moving` (or `where`) and behind move along."""
    grown = bytearray(content)
    for at in sizes:
        _add(grown, at, len(extra))
    for table in boxes(content):
        if table.kind == "stco":
            for number, offset in enumerate(_numbers(content, table, 8)):
                if offset >= (where if moving is None else moving):
                    _add(grown, table.start + 8 + 4 * number, len(extra))
    grown[where:where] = extra
    return Film(grown)
