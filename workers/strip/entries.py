"""Sample entries (ISO/IEC 14496-12, 8.5.2): H.264 and AAC, with what a decoder needs to know and no more."""

import re
import struct
from collections.abc import Callable
from typing import BinaryIO

from workers.strip.boxes import Box, children, read
from workers.strip.unclean import UncleanError
from workers.strip.units import PICTURE_SET, SEQUENCE_SET, Coding, prove_unit

_ONE_ENTRY = struct.pack(">II", 0, 1)
_COMPRESSORS = (b"", b"Lavc libx264")
_PLAIN_HEADERS: dict[Coding, re.Pattern[bytes]] = {
    "avc1": re.compile(
        rb"\0{6}\0\x01\0{16}.{4}\0\x48\0\0\0\x48\0\0\0{4}\0\x01(?:%s)\0\x18\xff\xff"
        % b"|".join(re.escape(bytes([len(name)]) + name.ljust(31, b"\0")) for name in _COMPRESSORS),
        re.DOTALL,
    ),
    "mp4a": re.compile(rb"\0{6}\0\x01\0{8}\0[\x01-\x08]\0\x10\0{4}..\0\0", re.DOTALL),
}
_HEADER_BYTES: dict[Coding, int] = {"avc1": 78, "mp4a": 28}
_AAC = re.compile(
    rb"\0{4}\x03\x80{3}[\x22-\x25]\0.\0\x04\x80{3}[\x14-\x17]\x40\x15.{11}"
    rb"\x05\x80{3}[\x02-\x05].{2,5}\x06\x80{3}\x01\x02",
    re.DOTALL,
)
"""ISO/IEC 14496-1, 7.2.6: a stream of AAC whose own description takes 5 bytes at most: none has room for a
comment."""
_COLOUR = re.compile(rb"nclx\0.\0.\0.[\0\x80]", re.DOTALL)
_SHORTEST_AVC = 7
_WITH_EXTENSION = frozenset({100, 110, 122, 144, 244})


def prove_entries(file: BinaryIO, box: Box) -> Coding:
    """The coding of a track, by its one sample entry. Raises `UncleanError`."""
    body = read(file, box)
    entries = list(children(file, box.start + 8, box.end, box.path))
    if body[:8] != _ONE_ENTRY or len(entries) != 1:
        raise UncleanError(box.path)
    (entry,) = entries
    coding = _coding(entry)
    within = entry.start + _HEADER_BYTES[coding]
    if not _PLAIN_HEADERS[coding].fullmatch(body[entry.start - box.start : within - box.start]):
        raise UncleanError(entry.path)
    seen: set[str] = set()
    for part in children(file, within, entry.end, entry.path):
        judge = _PARTS.get((coding, part.kind))
        if judge is None or part.kind in seen or not judge(read(file, part)):
            raise UncleanError(part.path)
        seen.add(part.kind)
    if _DESCRIBES[coding] not in seen:
        raise UncleanError(entry.path)
    return coding


def _coding(entry: Box) -> Coding:
    if entry.kind == "avc1":
        return "avc1"
    if entry.kind == "mp4a":
        return "mp4a"
    raise UncleanError(entry.path)


def _plain_avc(body: bytes) -> bool:
    """AVCDecoderConfigurationRecord, ISO/IEC 14496-15, 5.3.3.1: 4-byte lengths, sets to their last bit."""
    if len(body) < _SHORTEST_AVC or body[0] != 1 or body[4] != 0xFF or body[5] & 0xE0 != 0xE0:
        return False
    at = _sets(body, 5, SEQUENCE_SET, body[5] & 0x1F)
    at = _sets(body, at, PICTURE_SET, body[at])
    rest = body[at:]
    if body[1] in _WITH_EXTENSION and rest:
        return len(rest) == 4 and rest[0] & 0xFC == 0xFC and rest[1] & rest[2] & 0xF8 == 0xF8 and rest[3] == 0
    return not rest


def _sets(body: bytes, at: int, kind: int, count: int) -> int:
    """Prove `count` parameter sets of one kind behind the byte that counts them; the offset behind them."""
    at += 1
    for _ in range(count):
        (length,) = struct.unpack_from(">H", body, at)
        begin, at = at + 2, at + 2 + length
        if not 1 < length <= len(body) - begin or body[begin] & 0x1F != kind:
            raise UncleanError("avcC")
        prove_unit(body, begin, at)
    return at


def _of_length(length: int) -> Callable[[bytes], bool]:
    return lambda body: len(body) == length


def _like(pattern: re.Pattern[bytes]) -> Callable[[bytes], bool]:
    return lambda body: pattern.fullmatch(body) is not None


_DESCRIBES: dict[Coding, str] = {"avc1": "avcC", "mp4a": "esds"}
_PARTS: dict[tuple[Coding, str], Callable[[bytes], bool]] = {
    ("avc1", "avcC"): _plain_avc,
    ("avc1", "colr"): _like(_COLOUR),
    ("avc1", "pasp"): _of_length(8),
    ("avc1", "btrt"): _of_length(12),
    ("mp4a", "esds"): _like(_AAC),
    ("mp4a", "btrt"): _of_length(12),
}
