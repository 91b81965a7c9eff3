"""What the index of an MP4 or MOV file tells and no demuxer passes on (ISO/IEC 14496-12).

Edit lists (8.6.6): the demuxer obeys them, but drops what lies after the end of an edit, marks what it needs
before the beginning, and takes every pace for the pace of the recording. Track matrices (8.3.2): which turn
stands in the container, where a copy keeps it. Dolby's configuration box: whether the base layer has colours
of its own.
"""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from workers.strip.boxes import Box, BoxError, children, read, walk

_EMPTY = -1
_PLAIN_PACE = 1 << 16
_VISUAL_HEADER = 78
_DOLBY = frozenset({"dvcC", "dvvC", "dvwC"})
_MOST_ENTRIES = 16


@dataclass(slots=True)
class Index:
    """What was found. `turns` are degrees counted against the clock, by track; a mirror has none."""

    several_edits: bool = False
    pace_changed: bool = False
    fragmented: bool = False
    several_codings: bool = False
    dolby_alone: bool = False
    """Dolby Vision without a base layer that anybody else can show (compatibility 0)."""
    turns: dict[int, int] = field(default_factory=dict)


def read_index(file: BinaryIO, length: int) -> Index:
    """The index of a file; of a broken one, what could be read before it broke."""
    index = Index()
    try:
        for box in walk(file, length):
            _note(index, file, box)
    except (BoxError, struct.error, IndexError):
        pass  # a demuxer that opens it all the same has the last word
    return index


def _note(index: Index, file: BinaryIO, box: Box) -> None:
    if box.kind == "elst":
        edits = [(time, pace) for _, time, pace in _edits(read(file, box)) if time != _EMPTY]
        index.several_edits |= len(edits) > 1
        index.pace_changed |= any(pace != _PLAIN_PACE for _, pace in edits)
    elif box.path == "moov/mvex":
        index.fragmented = True
    elif box.kind == "tkhd":
        track, turn = _turn(read(file, box))
        index.turns[track] = turn
    elif box.kind == "stsd":
        entries = list(children(file, box.start + 8, box.start + box.length, box.path))[:_MOST_ENTRIES]
        index.several_codings |= len(entries) > 1
        index.dolby_alone |= any(_needs_dolby(file, entry) for entry in entries)


def _edits(body: bytes) -> Iterator[tuple[int, int, int]]:
    """Each edit's length, media time, and pace as a 16.16 number."""
    entries = body[8:]
    layout = struct.Struct(">Qqi" if body[:1] == b"\1" else ">Iii")
    return layout.iter_unpack(entries[: len(entries) // layout.size * layout.size])


def _turn(body: bytes) -> tuple[int, int]:
    """A track's id, and how far its matrix turns the picture; -1 where it also mirrors it."""
    at = 20 if body[0] == 1 else 12
    (track,) = struct.unpack_from(">I", body, at)
    a, b, _, c, d = struct.unpack_from(">5i", body, 52 if body[0] == 1 else 40)
    if a * d - b * c < 0:
        return track, -1
    return track, round(math.degrees(math.atan2(-b, a))) % 360


def _needs_dolby(file: BinaryIO, entry: Box) -> bool:
    try:
        for box in children(file, entry.start + _VISUAL_HEADER, entry.start + entry.length, entry.path):
            if box.kind in _DOLBY:
                return read(file, box)[4] >> 4 == 0
    except BoxError:
        return False  # a sound's entry has another header
    return False
