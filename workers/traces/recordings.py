"""What a recording tells beside picture and sound: tags of container and streams, chapters, further streams,
and what encoders wrote into the first pictures.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import av

from workers.traces import units
from workers.traces.found import Clock, Trace
from workers.traces.words import kind_of

_TIMES = ("com.apple.quicktime.creationdate", "creation_time", "date", "DATE_RECORDED")
_DULL_HANDLERS = frozenset(
    {"VideoHandler", "SoundHandler", "VideoHandle", "SoundHandle", "Core Media Video", "Core Media Audio"}
    | {"Core Media Metadata", "MetaHandler", "Core Media Data Handler", "\x0fCore Media Video"}
)
"""What libraries call every track of every film: it tells a family of devices, and stands for no person."""


def traces_in(container: Any) -> Iterator[Trace]:
    """All that a recording tells, of an open container from which nothing was read yet."""
    for name, value in container.metadata.items():
        yield from _tag(name, value, "file")
    for stream in container.streams:
        where = f"{stream.type} {stream.index}"
        for name, value in stream.metadata.items():
            yield from _tag(name, value, where)
        yield from _whole_stream(stream, where)
    for chapter in container.chapters():
        for name, value in chapter.get("metadata", {}).items():
            yield Trace.of(kind_of(name, value) or "person", "chapter", value)
    yield from _first_pictures(container)


def clock_of(container: Any) -> Clock | None:
    """When the recording says it was taken; MP4 counts in UTC, QuickTime's own tag names its zone."""
    for name in _TIMES:
        said = str(container.metadata.get(name, "")).strip()
        if clock := _clock(said):
            return clock
    return None


def _clock(said: str) -> Clock | None:
    from_text = said.replace("Z", "+00:00")
    if len(from_text) > 5 and from_text[-5] in "+-" and from_text[-4:].isdigit():
        from_text = f"{from_text[:-2]}:{from_text[-2:]}"
    try:
        at = datetime.fromisoformat(from_text)
    except ValueError:
        return None
    if len(said) < len("2026-01-01T00:00") or not 1990 <= at.year < 2100:
        return None  # a year or a day is no time of taking
    zoned = at.tzinfo is not None
    return Clock((at if zoned else at.replace(tzinfo=UTC)).isoformat(), zoned)


def _tag(name: str, value: str, where: str) -> Iterator[Trace]:
    if name.startswith("handler_name") and value.strip("\0") in _DULL_HANDLERS:
        return
    if kind := kind_of(name, value):
        yield Trace.of(kind, f"{where} {name}", value)


def _whole_stream(stream: Any, where: str) -> Iterator[Trace]:
    if bool(stream.disposition & av.stream.Disposition.attached_pic):
        yield Trace.of("hidden footage", where, "a picture for a cover")
    elif stream.type in ("subtitle", "attachment"):
        yield Trace.of("person", where, f"a track of {stream.type}")


def _first_pictures(container: Any) -> Iterator[Trace]:
    films = [
        s for s in container.streams.video if s.codec_context and s.codec_context.name in ("h264", "hevc")
    ]
    if not films:
        return
    coder = films[0].codec_context
    for number, packet in enumerate(container.demux(films[0])):
        if number >= units.PACKETS:
            return
        yield from units.traces_in(bytes(packet), coder.name, coder.extradata or b"")
