"""Mistakes in a file: blind ones, and such as a parser believes, in sizes, counts and lengths.

Everything is drawn from one seeded generator, so that a seed and a number name the same file
as long as the corpus is the same.
"""

import re
import struct
import zlib
from collections.abc import Callable
from functools import partial
from random import Random

_EDGES = (0, 1, 7, 8, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFF)
_BOX = re.compile(
    rb"....(?:moov|trak|mdia|minf|stbl|stsd|stts|ctts|stsz|stsc|stco|stss|elst|edts|tkhd|mdhd|mvhd|avc1|hvc1|avcC"
    rb"|hvcC|esds|mp4a|ftyp|mdat|moof|traf|trun|meta|iinf|iloc|ipma|iprp|ipco|ispe|dref|hdlr|dvvC)",
    re.DOTALL,
)
_COUNTED = re.compile(rb"(?:stts|ctts|stsz|stsc|stco|stss|elst|stsd|dref|trun|iloc|iinf|ipma)", re.DOTALL)
_UNIT = re.compile(rb"\0\0..[\x01\x21\x41\x61\x65\x67\x68\x06\x09\x26\x40\x42]", re.DOTALL)
_EBML = re.compile(
    rb"\x1a\x45\xdf\xa3|\x18\x53\x80\x67|\x16\x54\xae\x6b|\x1f\x43\xb6\x75|\x1c\x53\xbb\x6b|\xa3|\xae|\xe0"
)
_SEGMENT = re.compile(rb"\xff[\xc0-\xc4\xda\xdb\xdd\xe0-\xef]..", re.DOTALL)
_CHUNK = re.compile(rb"....(?:IHDR|IDAT|acTL|fcTL|fdAT|PLTE|tRNS|iCCP|eXIf)", re.DOTALL)
_RIFF = re.compile(rb"(?:RIFF|LIST|avih|strh|strf|idx1|movi|VP8X|VP8 |ANMF|ANIM|fmt |data)....", re.DOTALL)

Mistake = Callable[[Random, bytearray], None]


def mutated(seed: int, number: int, content: bytes, other: bytes) -> bytes:
    """One file with one to four mistakes; `other` is a file to splice from."""
    draw = Random(f"{seed}-{number}")
    broken = bytearray(content)
    mistakes = _mistakes(other)
    for _ in range(draw.randint(1, 4)):
        draw.choice(mistakes)(draw, broken)
        if not broken:
            break
    return bytes(broken)


def _flip(draw: Random, broken: bytearray) -> None:
    for _ in range(draw.choice((1, 4, 32))):
        broken[draw.randrange(len(broken))] ^= 1 << draw.randrange(8)


def _overwrite(draw: Random, broken: bytearray) -> None:
    at = draw.randrange(len(broken))
    run = draw.choice((draw.randbytes(draw.randint(1, 64)), bytes(64), b"\xff" * 64))
    broken[at : at + len(run)] = run


def _cut_off(draw: Random, broken: bytearray) -> None:
    del broken[draw.randrange(len(broken)) :]


def _leave_out(draw: Random, broken: bytearray) -> None:
    at = draw.randrange(len(broken))
    del broken[at : at + draw.choice((1, 4, 100, 10_000))]


def _repeat(draw: Random, broken: bytearray) -> None:
    at = draw.randrange(len(broken))
    part = broken[at : at + draw.choice((4, 100, 5000))]
    broken[at:at] = part * draw.choice((1, 2, 20))


def _splice(draw: Random, broken: bytearray, other: bytes) -> None:
    at, start = draw.randrange(len(broken)), draw.randrange(max(1, len(other)))
    length = draw.choice((16, 1000, 20_000))
    broken[at : at + length] = other[start : start + length]


def _at_a_match(pattern: re.Pattern[bytes], offset: int, layout: str) -> Mistake:
    """A mistake that puts a number from the edges of its range beside something a parser looks for."""
    number = struct.Struct(layout)
    most = (1 << 8 * number.size) - 1

    def mistake(draw: Random, broken: bytearray) -> None:
        places = [match.start() + offset for match in pattern.finditer(broken)]
        places = [at for at in places if at + number.size <= len(broken)]
        if places:
            at = draw.choice(places)
            (was,) = number.unpack_from(broken, at)
            number.pack_into(broken, at, draw.choice((*_EDGES, was + 1, was - 1, was * 2)) & most)

    return mistake


def _chunk_with_its_sum(draw: Random, broken: bytearray) -> None:
    """A PNG chunk with another body and the check sum to go with it."""
    places = [match.start() for match in _CHUNK.finditer(broken)]
    if not places:
        return
    at = draw.choice(places)
    (length,) = struct.unpack_from(">I", broken, at)
    end = at + 8 + length
    if length > 0 and end + 4 <= len(broken):
        struct.pack_into(">B", broken, draw.randrange(at + 8, end), draw.randrange(256))
        struct.pack_into(">I", broken, end, zlib.crc32(broken[at + 4 : end]))


def _mistakes(other: bytes) -> tuple[Mistake, ...]:
    return (
        _flip, _overwrite, _cut_off, _leave_out, _repeat, partial(_splice, other=other), _chunk_with_its_sum,
        *(_at_a_match(_BOX, 0, ">I"),) * 3,
        *(_at_a_match(_COUNTED, offset, ">I") for offset in (8, 12, 16, 20)),
        *(_at_a_match(_UNIT, 0, ">I"),) * 2,
        *(_at_a_match(_EBML, offset, ">B") for offset in (1, 2, 4)),
        _at_a_match(_SEGMENT, 2, ">H"),
        _at_a_match(_CHUNK, 0, ">I"),
        _at_a_match(_RIFF, 4, "<I"),
    )  # fmt: skip
