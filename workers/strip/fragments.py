"""Fragmented MP4 (ISO/IEC 14496-12, 8.8): a copy that plays while it is being made, piece by piece.

A header without samples comes first, then fragments: a `moof` that tells of samples and the `mdat` that holds
them. The same rules as for a film in one piece: every byte belongs to one sample, and nothing else is there.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from workers.strip.boxes import Box, children, read
from workers.strip.header import Header, prove_header
from workers.strip.movie import prove_brands
from workers.strip.reading import whole
from workers.strip.samples import prove_tables
from workers.strip.tables import row_count
from workers.strip.unclean import UncleanError
from workers.strip.units import Coding, prove_samples

_MOST_HEADER_BYTES = 4 << 20
# Flags of `tfhd` (8.8.7.1) and `trun` (8.8.8.1): what follows them, four bytes each, the first eight.
_BASE, _DESCRIPTION, _DURATION, _SIZE, _FLAGS, _FROM_MOOF = 1, 2, 8, 16, 32, 1 << 17
_OFFSET, _FIRST_FLAGS, _EACH_SIZE = 1, 4, 0x200
_EACH = (0x100, _EACH_SIZE, 0x400, 0x800)
_SEGMENT_INDEX = struct.Struct(">4xIIQQHHIII")
_HAS_SAMPLES = ("stts", "stsc", "stsz", "stco")


@dataclass(frozen=True, slots=True)
class Expected:
    """What a proven header says of one track's fragments; `size` is that of a sample which gives none."""

    coding: Coding
    size: int


Init = Mapping[int, Expected]
"""What a proven header says of each track, by its number: fragments are proven against it."""


def prove_init_clean(path: Path) -> Init:
    """Prove a header that comes by itself (`ftyp`, `moov`) and tell what fragments to expect.

    Raises `UncleanError`.
    """
    with whole(path) as (file, copy):
        init, after = _begin(file, children(file, copy.start, copy.end, ""))
        for box in after:
            raise UncleanError(box.path)
        return init


def prove_segment_clean(path: Path, init: Init) -> None:
    """Prove a piece with one or several fragments, made after `init`. Raises `UncleanError`."""
    with whole(path) as (file, copy):
        boxes = children(file, copy.start, copy.end, "")
        box = next(boxes, None)
        if box is not None and box.path == "styp":
            prove_brands(file, box)
            box = next(boxes, None)
        indexed: list[int] = []
        while box is not None and box.path == "sidx" and len(indexed) < len(init):
            indexed.append(_indexed(file, box, copy.end))
            box = next(boxes, None)
        if box is None or any(start != _head_of(box) for start in indexed):
            raise UncleanError("sidx")
        _prove_fragments(file, chain([box], boxes), init)


def prove_fragmented_clean(path: Path) -> None:
    """Prove a whole fragmented film: its header, then fragments to its end. Raises `UncleanError`.

    An index at the end (`mfra`) is not on the list: ffmpeg leaves it out with `-movflags +skip_trailer`.
    """
    with whole(path) as (file, copy):
        init, after = _begin(file, children(file, copy.start, copy.end, ""))
        _prove_fragments(file, after, init)


def _begin(file: BinaryIO, boxes: Iterator[Box]) -> tuple[Init, Iterator[Box]]:
    kind, moov = next(boxes, None), next(boxes, None)
    if kind is None or moov is None or (kind.path, moov.path) != ("ftyp", "moov"):
        raise UncleanError("the copy does not begin with a type and a header")
    prove_brands(file, kind)
    header = prove_header(file, moov)
    return _expected(file, header), boxes


def _expected(file: BinaryIO, header: Header) -> Init:
    sizes: dict[int, int] = {}
    for extension in header.extensions:
        version, number, description, _, size, _ = struct.unpack(">6I", read(file, extension))
        if version or description != 1:
            raise UncleanError(extension.path)
        sizes[number] = size
    if sizes.keys() != {track.number for track in header.tracks}:
        raise UncleanError("moov/mvex")
    for track in header.tracks:
        prove_tables(file, header, track)
        for kind in _HAS_SAMPLES:
            before = 12 if kind == "stsz" else 8
            if track.table(kind).length != before or row_count(file, track.table(kind), before):
                raise UncleanError(f"{track.table(kind).path} has samples that no fragment tells of")
    return {track.number: Expected(track.coding, sizes[track.number]) for track in header.tracks}


def _indexed(file: BinaryIO, box: Box, end: int) -> int:
    """Where the one reference of a segment index (8.16.3) begins; it must go to the segment's end."""
    body = read(file, box, _SEGMENT_INDEX.size)
    *_, offset, zero, count, size, _, _ = _SEGMENT_INDEX.unpack(body)
    start = box.end + int(offset)
    if body[:4] != b"\1\0\0\0" or zero or count != 1 or start + size != end:
        raise UncleanError(box.path)
    return start


def _prove_fragments(file: BinaryIO, boxes: Iterator[Box], init: Init) -> None:
    count = 0
    for moof in boxes:
        mdat = next(boxes, None)
        if moof.path != "moof" or mdat is None or mdat.path != "mdat":
            raise UncleanError(moof.path)
        _prove_fragment(file, moof, mdat, init)
        count += 1
    if not count:
        raise UncleanError("there is no fragment")


def _prove_fragment(file: BinaryIO, moof: Box, mdat: Box, init: Init) -> None:
    if moof.length > _MOST_HEADER_BYTES:
        raise UncleanError(moof.path)
    parts = children(file, moof.start, moof.end, moof.path)
    number = next(parts, None)
    if number is None or (number.path, number.length) != ("moof/mfhd", 8) or any(read(file, number)[:4]):
        raise UncleanError("moof/mfhd")
    at, seen = mdat.start, set[int]()
    for part in parts:
        if part.path != "moof/traf":
            raise UncleanError(part.path)
        at = _prove_run(file, part, _head_of(moof), at, init, seen)
    if at != mdat.end:
        raise UncleanError("mdat holds bytes of no sample")


def _prove_run(file: BinaryIO, traf: Box, base: int, at: int, init: Init, seen: set[int]) -> int:
    """Prove one track's part of a fragment whose samples begin at `at`; the offset behind the last."""
    boxes = list(children(file, traf.start, traf.end, traf.path))
    if [box.kind for box in boxes[:2]] != ["tfhd", "tfdt"] or {box.kind for box in boxes[2:]} != {"trun"}:
        raise UncleanError(traf.path)
    track, size = _defaults(read(file, boxes[0]), base)
    expected = init.get(track)
    if expected is None or track in seen:
        raise UncleanError(boxes[0].path)
    seen.add(track)
    decoded = read(file, boxes[1])
    if decoded[:4] not in (bytes(4), b"\1\0\0\0") or len(decoded) != (12 if decoded[0] else 8):
        raise UncleanError(boxes[1].path)
    usual = expected.size if size is None else size
    for box in boxes[2:]:
        sizes = _sizes(read(file, box, _MOST_HEADER_BYTES), usual, at - base)
        at = prove_samples(file, at, sizes, expected.coding)
    return at


def _defaults(body: bytes, base: int) -> tuple[int, int | None]:
    """The track of a `tfhd` and the size of its samples where it gives one."""
    flags, track = struct.unpack_from(">II", body)
    fields: dict[int, int] = {}
    at = 8
    for flag in (_BASE, _DESCRIPTION, _DURATION, _SIZE, _FLAGS):
        if flags & flag:
            width = 8 if flag == _BASE else 4
            fields[flag] = int.from_bytes(body[at : at + width])
            at += width
    known = sum(fields) | _FROM_MOOF
    from_here = fields.get(_BASE) == base or (_BASE not in fields and flags & _FROM_MOOF)
    if flags | _FROM_MOOF != known or at != len(body) or not from_here or fields.get(_DESCRIPTION, 1) != 1:
        raise UncleanError("moof/traf/tfhd")
    return track, fields.get(_SIZE)


def _sizes(body: bytes, usual: int, offset: int) -> list[int]:
    """The sizes of the samples of a `trun` that must begin `offset` bytes behind its `moof`."""
    flags, count = struct.unpack_from(">II", body)
    each = [flag for flag in _EACH if flags & flag]
    at = 8
    if flags & _OFFSET:
        (said,) = struct.unpack_from(">i", body, at)
        at += 4
        if said != offset:
            raise UncleanError("mdat holds bytes of no sample, or of two")
    if flags & _FIRST_FLAGS:
        at += 4
    known = sum(each) | _OFFSET | _FIRST_FLAGS
    if flags & 0xFFFFFF & ~known or flags >> 24 > 1 or at + 4 * len(each) * count != len(body):
        raise UncleanError("moof/traf/trun")
    if _EACH_SIZE not in each:
        if count > _MOST_HEADER_BYTES // 4:
            raise UncleanError("moof/traf/trun")
        return [usual] * count
    rows = struct.iter_unpack(f">{len(each)}I", body[at:])
    return [row[each.index(_EACH_SIZE)] for row in rows]


def _head_of(box: Box) -> int:
    """Where a box with a short header begins."""
    return box.start - 8
