"""An MP4 that may leave the pipeline: only boxes on the list, in them nothing but what a player needs, and
between them nothing at all.

Boxes, samples, units: each level is walked by an allowlist, and every byte of the file belongs to one thing
on it. What the walk does not do is decode: inside a coded picture or a coded sound it believes the encoder.
"""

from pathlib import Path
from typing import BinaryIO

from workers.strip.boxes import Box, children, read
from workers.strip.header import prove_header
from workers.strip.reading import whole
from workers.strip.samples import prove_samples_of
from workers.strip.unclean import UncleanError

__all__ = ["UncleanError", "prove_clean"]

_BRANDS = frozenset(
    {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"avc1", b"mp41", b"mp42", b"M4A ", b"M4V ", b"dash"}
    | {b"hlsf", b"cmfc", b"msdh", b"msix"}
)
_VERSIONS = frozenset({0, 1, 512})
_MOST_BRANDS_BYTES = 64


def prove_clean(path: Path) -> None:
    """Read an MP4 that is one piece and return if all is allowed. Raises `UncleanError`."""
    with whole(path) as (file, copy):
        found: dict[str, Box] = {}
        for box in children(file, copy.start, copy.end, ""):
            if box.path in found or box.path not in ("ftyp", "moov", "mdat", "free"):
                raise UncleanError(box.path)
            found[box.path] = box
        if not found.keys() >= {"ftyp", "moov", "mdat"} or ("free" in found and found["free"].length):
            raise UncleanError("the copy is not made of a type, a header and its media data")
        prove_brands(file, found["ftyp"])
        header = prove_header(file, found["moov"])
        if header.extensions:
            raise UncleanError("moov/mvex")
        prove_samples_of(file, header, found["mdat"])


def prove_brands(file: BinaryIO, box: Box) -> None:
    """A file's type (4.3): brands that muxers write, not words of anybody's own. Raises `UncleanError`."""
    body = read(file, box, _MOST_BRANDS_BYTES)
    brands = {body[at : at + 4] for at in (0, *range(8, len(body), 4))}
    if not brands <= _BRANDS or int.from_bytes(body[4:8]) not in _VERSIONS:
        raise UncleanError(box.path)
