"""XMP (ISO 16684-1), read as text and never as XML: a parser would follow what a hostile file refers to."""

import re
from collections.abc import Iterator

from workers.traces.found import Trace
from workers.traces.words import kind_of

_MOST_BYTES = 1 << 18
_MOST = 80
_PROPERTY = re.compile(
    r"""((?:[A-Za-z0-9]+:)?[A-Za-z0-9]+)\s*=\s*["']([^"'<>]{1,2000})["']|<((?:[A-Za-z0-9]+:)?[A-Za-z0-9]+)[^<>]{0,200}>([^<>]{1,2000})</"""
)
_STRUCTURE = re.compile(r"^(xmlns|rdf|x|xml):", re.IGNORECASE)
MOTION = re.compile(r"(MicroVideo|MotionPhoto)\s*=\s*[\"']1|Mime\s*=\s*[\"']video/", re.IGNORECASE)


def traces_in(packet: bytes) -> Iterator[Trace]:
    """What the properties of a packet say; words between tags count for the tag around them."""
    text = packet[:_MOST_BYTES].decode("utf-8", "replace")
    if MOTION.search(text):
        yield Trace.of("hidden footage", "XMP", "a film that belongs to the photo")
    number = -1
    for number, found in enumerate(_PROPERTY.finditer(text)):
        if number >= _MOST:
            return
        name, value = found[1] or found[3], (found[2] or found[4] or "").strip()
        if _STRUCTURE.match(name):
            name = "rdf:li"  # an item of a list: of what, only the tag further out would tell
            if found[1]:
                continue
        if value and (kind := kind_of(name, value)):
            yield Trace.of(kind, f"XMP {name}", value)
    if number < 0 and text.strip():
        yield Trace.of("person", "XMP", text)
