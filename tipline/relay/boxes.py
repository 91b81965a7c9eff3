"""Fragmented MP4 (ISO/IEC 14496-12) taken apart as it comes: what a player must know first, and fragments."""

from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = 8
# A fragment of a quarter of a second; whatever claims to be larger is no stream that we asked for.
_MOST_BYTES = 256 * 1024 * 1024
_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"})
# Flags of `tfhd` and `trun`, and the bit of a sample that needs others before it.
_TFHD_OPTIONAL = ((0x1, 8), (0x2, 4), (0x8, 4), (0x10, 4))
_TFHD_FLAGS, _TRUN_OFFSET, _TRUN_FIRST, _TRUN_FLAGS = 0x20, 0x1, 0x4, 0x400
_NEEDS_OTHERS = 0x10000
# ffmpeg is told to put the picture first.
_PICTURE_TRACK = 1


class NotMp4(Exception):
    """Something else than boxes."""


@dataclass(frozen=True)
class Fragment:
    """One piece of film: `moof` and `mdat`; with a `key` picture first, a part may begin here."""

    content: bytes
    key: bool


class Splitter:
    """Fed with bytes as they come; `init` is known before the first fragment."""

    def __init__(self) -> None:
        self.init = b""
        self._rest = bytearray()
        self._moof = b""

    def feed(self, content: bytes) -> Iterator[Fragment]:
        """Take more bytes in, and yield the fragments that are whole now; raises `NotMp4`."""
        self._rest += content
        while (box := self._next()) is not None:
            kind = box[4:8]
            if kind in (b"ftyp", b"moov"):
                self.init += box
            elif kind == b"moof":
                self._moof = box
            elif kind == b"mdat" and self._moof:
                yield Fragment(self._moof + box, begins_with_key(self._moof))
                self._moof = b""

    def _next(self) -> bytes | None:
        if len(self._rest) < _HEADER:
            return None
        size = int.from_bytes(self._rest[:4])
        if not _HEADER <= size <= _MOST_BYTES:
            raise NotMp4
        if len(self._rest) < size:
            return None
        box = bytes(self._rest[:size])
        del self._rest[:size]
        return box


def begins_with_key(moof: bytes) -> bool:
    """Whether a fragment's first picture can be shown without others."""
    default, picture = 0, False
    for kind, box in walk(moof):
        flags = int.from_bytes(box[1:4])
        if kind == b"tfhd":
            # A fragment of sound alone is no place to begin.
            picture = int.from_bytes(box[4:8]) == _PICTURE_TRACK
            if flags & _TFHD_FLAGS:
                at = 8 + sum(size for flag, size in _TFHD_OPTIONAL if flags & flag)
                default = int.from_bytes(box[at : at + 4])
        elif kind == b"trun" and picture:
            at = 8 + (4 if flags & _TRUN_OFFSET else 0)
            if flags & _TRUN_FIRST:
                default = int.from_bytes(box[at : at + 4])
            elif flags & _TRUN_FLAGS:
                # Duration and size stand before the flags of a sample.
                at += sum(4 for flag in (0x100, 0x200) if flags & flag)
                default = int.from_bytes(box[at : at + 4])
            return not default & _NEEDS_OTHERS
    return False


def mime_of(init: bytes) -> str:
    """Return the media type of what begins so, with its codecs (RFC 6381) where they are common ones."""
    codecs = []
    at = init.find(b"avcC")
    if at >= 0 and len(init) >= at + 8:
        codecs.append(f"avc1.{init[at + 5 : at + 8].hex()}")
    elif (at := init.find(b"hvcC")) >= 0 and len(init) >= at + 17:
        codecs.append(_hevc(b"hvc1" if b"hvc1" in init else b"hev1", init[at + 4 : at + 17]))
    if b"mp4a" in init:
        codecs.append("mp4a.40.2")
    return f'video/mp4; codecs="{",".join(codecs)}"' if codecs else "video/mp4"


def _hevc(entry: bytes, record: bytes) -> str:
    """Name H.265 as ISO/IEC 14496-15, annex E.3 does, from the start of its configuration record."""
    space = ("", "A", "B", "C")[record[1] >> 6]
    tier = "H" if record[1] & 0x20 else "L"
    fits = int(f"{int.from_bytes(record[2:6]):032b}"[::-1], 2)
    limits = "".join(f".{byte:X}" for byte in record[6:12].rstrip(b"\0"))
    return f"{entry.decode()}.{space}{record[1] & 0x1F}.{fits:X}.{tier}{record[12]}{limits}"


def walk(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield every box within, by its kind, with its content; containers before what they hold."""
    at = 0
    while at + _HEADER <= len(content):
        size, kind = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if size < _HEADER:
            return
        inside = content[at + _HEADER : at + size]
        if kind in _CONTAINERS:
            yield from walk(inside)
        else:
            yield kind, inside
        at += size
