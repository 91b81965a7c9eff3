"""Runs inside the sandbox: read all that a file on standard input tells of its sender, and print it.

`main([KIND, FORM])`: what the file is and who reads it, as the inspection found. Prints one JSON object. What
one reader cannot read, another may: a broken tag ends the reading of that place and of nothing else.
"""

import json
import mmap
import os
import sys
from contextlib import suppress
from typing import BinaryIO

import av
import av.error
import pillow_heif
from PIL import Image, UnidentifiedImageError

from evidence.traces.kinds import Clue
from workers.traces import pictures, recordings
from workers.traces.containers import Boxes
from workers.traces.found import Clock, Found, Trace, unique
from workers.traces.words import clues_in, is_camera

pillow_heif.register_heif_opener()

_ANIMATIONS = {"gif": "GIF", "apng": "PNG", "webp_anim": "WEBP"}
"""Films by another name: read as pictures, since a demuxer passes over their tags."""
_READS_BOXES = frozenset({"mov", "HEIF", "AVIF"})
_BROKEN = (
    av.error.FFmpegError, UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError,
    SyntaxError, EOFError, KeyError, TypeError, IndexError, AttributeError, OverflowError, ZeroDivisionError,
    RuntimeError,
)  # fmt: skip
_MESSENGER_SIDES = {"photo": frozenset({1280, 1600, 2048}), "video": frozenset({848})}
"""Longer sides to which messengers scale and cameras do not, in pixels."""
_MANIFEST_MARKS = (b"jumdc2pa", b"dcterms:provenance")
"""Of a manifest in the file (ISO 19566-5), and of the address of one, in XMP."""
_SEARCHED = 64 << 20


def main(argv: list[str]) -> int:
    """Look at standard input; always 0, since finding nothing is an answer as well."""
    kind, form = argv
    sys.stdout.write(json.dumps(look(sys.stdin.buffer, kind, form).to_json()))
    return 0


def look(file: BinaryIO, kind: str, form: str) -> Found:
    """All that a seekable file tells."""
    length = os.fstat(file.fileno()).st_size
    traces: list[Trace] = []
    clues: set[Clue] = set()
    clock, side, manifest = None, 0, False
    read = _photo if kind == "photo" or form in _ANIMATIONS else _recording
    with suppress(*_BROKEN):
        clock, side = read(file, form, traces)
    if form in _READS_BOXES:
        boxes = Boxes(file, length)
        traces += boxes.traces
        clues |= boxes.clues
        manifest = boxes.manifest
    manifest = manifest or _marked(file)
    clues.update(*(clues_in(trace.value) for trace in traces))
    if any(is_camera(trace.place) for trace in traces):
        clues.add("camera")
    elif not any(trace.kind in ("device", "time", "place") for trace in traces):
        clues.add("no_tags")
        if side in _MESSENGER_SIDES.get(kind, ()):
            clues.add("messenger_size")
    return Found(unique(traces), tuple(sorted(clues)), clock, manifest)


def _photo(file: BinaryIO, form: str, traces: list[Trace]) -> tuple[Clock | None, int]:
    Image.MAX_IMAGE_PIXELS = None  # no pixel is decoded
    file.seek(0)
    with Image.open(file, formats=[_ANIMATIONS.get(form, form)]) as image:
        traces.extend(pictures.traces_in(image, file, os.fstat(file.fileno()).st_size))
        return pictures.clock_of(image), max(image.size)


def _recording(file: BinaryIO, form: str, traces: list[Trace]) -> tuple[Clock | None, int]:
    file.seek(0)
    with av.open(file, format=form, metadata_errors="ignore") as container:
        films = container.streams.video
        side = max(films[0].codec_context.width, films[0].codec_context.height) if films else 0
        clock = recordings.clock_of(container)
        traces.extend(recordings.traces_in(container))
        return clock, side


def _marked(file: BinaryIO) -> bool:
    """Whether a C2PA manifest, or the address of one, is somewhere near the beginning."""
    length = min(_SEARCHED, os.fstat(file.fileno()).st_size)
    with mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ) as head:
        return any(head.find(mark) >= 0 for mark in _MANIFEST_MARKS)
