"""What boxes of an MP4, MOV or HEIF say that a demuxer does not hand on: boxes of a maker's own, free space
that is not free, XMP, a film behind a photo.
"""

import re
import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

from evidence.traces.kinds import Clue, Kind
from workers.strip.boxes import Box, BoxError, children
from workers.traces import xmp
from workers.traces.found import Trace
from workers.traces.words import kind_of

C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MOST_BOXES = 4000
_MOST_BYTES = 1 << 18
_FOLDERS = frozenset({"moov", "trak", "mdia", "minf", "stbl", "udta", "ilst", "edts", "moof", "traf", "mvex"})
_KNOWN = frozenset(
    {
        "ftyp",
        "styp",
        "mdat",
        "mvhd",
        "tkhd",
        "mdhd",
        "vmhd",
        "smhd",
        "nmhd",
        "gmhd",
        "sthd",
        "hmhd",
        "dinf",
        "stsd",
    }
    | {"stts", "ctts", "cslg", "stss", "stsc", "stsz", "stco", "co64", "sgpd", "sbgp", "sdtp", "stps", "stz2"}
    | {"elst", "load", "tref", "tapt", "iods", "clip", "matt", "trex", "mehd", "mfhd", "tfhd", "tfdt", "trun"}
    | {"sidx", "ssix", "mfra", "wide", "hdlr", "subs", "saiz", "saio", "pssh", "jP  ", "vdep", "keys", "pict"}
    | {"iloc", "iinf", "pitm", "iprp", "iref", "idat", "grpl", "ipro"}
)
_FREE = frozenset({"free", "skip"})
_WHATSAPP = frozenset({"beam", "loop"})
_FILM_BEHIND = frozenset({"mpvd"})
"""Where makers of phones put the film of a motion photo."""
_TIMED: dict[bytes, Kind] = {
    b"tmcd": "time", b"gpmd": "place", b"camm": "place", b"mebx": "device", b"text": "person",
    b"tx3g": "person",
}  # fmt: skip
"""Tracks that run beside picture and sound, by the type of their samples."""


class Boxes:
    """One reading of a file's boxes: `traces`, `clues`, and whether a C2PA manifest is there."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = _MOST_BOXES
        self.clues: set[Clue] = set()
        self.manifest = False
        self.traces = list(self._walk(Box("", 0, length)))

    def _walk(self, parent: Box) -> Iterator[Trace]:
        try:
            for box in children(self._file, parent.start, parent.end, parent.path):
                self._left -= 1
                if self._left < 0:
                    return
                yield from self._tell(box)
        except (BoxError, OSError):
            return  # a box that does not fit ends what can be read of its parent, and nothing else

    def _tell(self, box: Box) -> Iterator[Trace]:
        if box.kind == "meta":
            yield from self._meta(box)
        elif box.kind in _FOLDERS:
            yield from self._walk(box)
        elif box.path.endswith(f"ilst/{box.kind}"):
            yield from self._tag(box)
        elif box.kind in _TELLING:
            yield from _TELLING[box.kind](self, box)
        elif box.kind not in _KNOWN:
            if box.kind in _WHATSAPP:
                self.clues.add("whatsapp")
            yield from self._words(box)

    def _words(self, box: Box) -> Iterator[Trace]:
        """What stands in a box that no standard has, or that should be empty."""
        if words := self._read(box).strip(b"\0"):
            yield _told(box, words, "software" if box.kind in _FREE else "person")

    def _film(self, box: Box) -> Iterator[Trace]:
        yield Trace.of("hidden footage", box.path, f"a film of {box.length} bytes behind a photo")

    def _track(self, box: Box) -> Iterator[Trace]:
        kind = self._read(box)[12:16]
        if kind in _TIMED:
            yield Trace.of(_TIMED[kind], "a track", f"{kind.decode()} beside picture and sound")

    def _located(self, box: Box) -> Iterator[Trace]:
        yield Trace.of("place", box.path, _place(self._read(box)))

    def _tag(self, box: Box) -> Iterator[Trace]:
        """A tag of iTunes' kind; those by number have their names elsewhere, and the demuxer tells them."""
        value = self._read(box)[16:]
        if box.kind.isprintable() and value.strip(b"\0"):
            yield _told(box, value, "person")

    def _meta(self, box: Box) -> Iterator[Trace]:
        """A full box in ISO files, a plain one in QuickTime's: its first child then begins at once."""
        head = self._read(Box(box.path, box.start, min(box.length, 8)))
        skipped = 0 if head[4:8] == b"hdlr" else 4
        yield from self._walk(Box(box.path, box.start + skipped, max(0, box.length - skipped)))

    def _own(self, box: Box) -> Iterator[Trace]:
        body = self._read(box)
        if body[:16] == C2PA:
            self.manifest = True
        elif body[:16] == _XMP:
            yield from xmp.traces_in(body[16:])
        elif body[16:].strip(b"\0"):
            yield _told(box, body[16:], "software")

    def _read(self, box: Box) -> bytes:
        self._file.seek(box.start)
        return self._file.read(min(box.length, _MOST_BYTES))


def _place(body: bytes) -> str:
    """3GPP TS 26.244, 8.10: a name, then longitude, latitude and altitude as 16.16 numbers."""
    name, _, rest = body[6:].partition(b"\0")
    if len(rest) < 13:
        return name.decode("utf-8", "replace")
    longitude, latitude, altitude = (number / 65536 for number in struct.unpack_from(">3i", rest, 1))
    return f"{latitude:.5f} {longitude:.5f} {altitude:.1f} {name.decode('utf-8', 'replace')}"


def _told(box: Box, body: bytes, otherwise: Kind) -> Trace:
    words = " ".join(part.decode("ascii") for part in re.findall(rb"[\x20-\x7e]{4,}", body))
    value = words or body[:32].hex()
    guess = kind_of(box.kind, value, otherwise) if words else None
    return Trace.of(guess or otherwise, box.path, value)


_TELLING: dict[str, Callable[[Boxes, Box], Iterator[Trace]]] = {
    "uuid": Boxes._own,
    "stsd": Boxes._track,
    "loci": Boxes._located,
    **dict.fromkeys(_FREE, Boxes._words),
    **dict.fromkeys(_FILM_BEHIND, Boxes._film),
}
