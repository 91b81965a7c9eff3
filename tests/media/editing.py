"""Editing the boxes of an MP4 or MOV whose index lies at its end, so that no offset of a sample moves."""

import struct
from collections.abc import Iterator
from pathlib import Path

_HEADERS = {"meta": 4, "stsd": 8, "hvc1": 78, "avc1": 78, "mp4a": 28}
"""Bytes between a box's own header and the boxes within it."""


def box(kind: str, *bodies: bytes) -> bytes:
    """A box of four letters around bodies."""
    body = b"".join(bodies)
    return struct.pack(">I4s", len(body) + 8, kind.encode("latin-1")) + body


def place(content: bytes, path: str) -> list[int]:
    """The offsets of the boxes along a path such as `moov/trak[1]/mdia`, outermost first."""
    start, end, found = 0, len(content), []
    for step in path.split("/"):
        kind, _, rest = step.partition("[")
        same = [at for at, name in _side_by_side(content, start, end) if name == kind]
        at = same[int(rest[:-1]) if rest else 0]
        (size,) = struct.unpack_from(">I", content, at)
        start, end = at + 8 + _HEADERS.get(kind, 0), at + size
        found.append(at)
    return found


def body(content: bytes, path: str) -> slice:
    """Where the body of a box lies."""
    at = place(content, path)[-1]
    (size,) = struct.unpack_from(">I", content, at)
    return slice(at + 8, at + size)


def add(content: bytes, path: str, extra: bytes) -> bytes:
    """The file with `extra` as the last thing in a box; every box around it grows."""
    offsets = place(content, path)
    (size,) = struct.unpack_from(">I", content, offsets[-1])
    end = offsets[-1] + size
    edited = bytearray(content[:end] + extra + content[end:])
    for at in offsets:
        (size,) = struct.unpack_from(">I", edited, at)
        struct.pack_into(">I", edited, at, size + len(extra))
    return bytes(edited)


def replace(content: bytes, path: str, new: bytes) -> bytes:
    """The file with another body in a box."""
    offsets, old = place(content, path), body(content, path)
    edited = bytearray(content[: old.start] + new + content[old.stop :])
    for at in offsets:
        (size,) = struct.unpack_from(">I", edited, at)
        struct.pack_into(">I", edited, at, size + len(new) - (old.stop - old.start))
    return bytes(edited)


def edit_list(*edits: tuple[int, int, float]) -> bytes:
    """The body of an `elst`: lengths in the movie's scale, media times (-1: nothing is shown), rates."""
    entries = (struct.pack(">Iii", length, time, round(rate * 65536)) for length, time, rate in edits)
    return struct.pack(">II", 0, len(edits)) + b"".join(entries)


def edit_file(path: Path, source: Path, where: str, new: bytes) -> None:
    """Write a file as another one is, but for the body of one box."""
    path.write_bytes(replace(source.read_bytes(), where, new))


def _side_by_side(content: bytes, start: int, end: int) -> Iterator[tuple[int, str]]:
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", content, start)
        yield start, kind.decode("latin-1")
        start += max(size, 8)
