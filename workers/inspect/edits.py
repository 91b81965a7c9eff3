"""Does an edit list show only some of what a recording stores? (ISO/IEC 14496-12, 8.6.6)

The demuxer obeys edit lists: what lies after the end of an edit it drops, and what it needs before the
beginning it marks. A copy would carry that beginning along, and a list of several edits cannot be copied at
all.
"""

import struct
from typing import BinaryIO

from workers.strip.boxes import BoxError, read, walk

_EMPTY = -1


def several_edits(file: BinaryIO, length: int) -> bool:
    """Whether a track is put together from more than one piece; false where there is no list to be read."""
    try:
        lists = [read(file, box) for box in walk(file, length) if box.kind == "elst"]
    except BoxError:
        return False
    return any(len([time for time in _media_times(body) if time != _EMPTY]) > 1 for body in lists)


def _media_times(body: bytes) -> list[int]:
    if len(body) < 8:
        return []
    version, entries = body[0], body[8:]
    layout = struct.Struct(">Qqi" if version == 1 else ">Iii")
    whole = len(entries) // layout.size * layout.size
    return [time for _, time, _ in layout.iter_unpack(entries[:whole])]
