"""Is a picture file a film? GIF, PNG and WebP may hold one picture or many; only the first bytes of each are
alike.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_MOST_CHUNKS = 100_000
_WEBP_HEAD, _PNG_HEAD = 12, 8
_RIFF, _PNG = struct.Struct("<4sI"), struct.Struct(">I4s")
_ANMF_HEAD = 16


@dataclass(frozen=True, slots=True)
class Moving:
    """A film in a picture file: FFmpeg's demuxer for it, and its length where the file itself tells."""

    form: str
    seconds: float | None


def moving(kind: str, file: BinaryIO, length: int) -> Moving | None:
    """What moves in a file that Pillow knows as `kind`; None if it stands still or is broken.

    A GIF has no count of its pictures, so that every GIF is asked: the demuxer counts.
    """
    if kind == "WEBP":
        frames = [_milliseconds(body) for name, body in _webp_chunks(file, length) if name == b"ANMF"]
        return Moving("webp_anim", sum(frames) / 1000) if len(frames) > 1 else None
    if kind == "PNG":
        counts = [body for name, body in _png_chunks(file, length) if name == b"acTL"]
        return Moving("apng", None) if counts and _frames(counts[0]) > 1 else None
    return Moving("gif", None) if kind == "GIF" else None


def _milliseconds(frame: bytes) -> int:
    """A frame's duration (WebP container specification, ANMF)."""
    return int.from_bytes(frame[12:15], "little")


def _frames(control: bytes) -> int:
    """The number of frames (PNG, third edition, 11.3.6.1)."""
    return int.from_bytes(control[:4], "big")


def _webp_chunks(file: BinaryIO, length: int) -> Iterator[tuple[bytes, bytes]]:
    at = _WEBP_HEAD
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(_RIFF.size)
        if len(head) < _RIFF.size:
            return
        name, size = _RIFF.unpack(head)
        yield name, file.read(min(size, _ANMF_HEAD))
        at += _RIFF.size + size + (size & 1)
        if at > length:
            return


def _png_chunks(file: BinaryIO, length: int) -> Iterator[tuple[bytes, bytes]]:
    at = _PNG_HEAD
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(_PNG.size)
        if len(head) < _PNG.size:
            return
        size, name = _PNG.unpack(head)
        if name == b"IDAT":
            return
        yield name, file.read(min(size, 8))
        at += _PNG.size + size + 4
        if at > length:
            return
