"""Watching and hearing a copy: how long it lasts, which way up it is, when it flashes and when it beeps."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageStat

_BRIGHT = 170
_LOUD = 0.1


@dataclass(frozen=True)
class Seen:
    """What a person sees and hears of a recording. Seconds count from the beginning of what is played."""

    seconds: float
    pictures: int
    size: tuple[int, int]
    first: Image.Image | None
    flash: float | None
    beep: float | None
    codecs: tuple[str, ...]


def watch(path: Path) -> Seen:
    """Play a recording from its beginning to its end."""
    with av.open(str(path)) as container:
        films, sounds = container.streams.video, container.streams.audio
        codecs = tuple(f"{s.type}:{s.codec_context.name}" for s in container.streams)
        film = _film(container, films[0]) if films else _Film(0, None, None, 0.0)
    with av.open(str(path)) as container:
        beep, heard = _sound(container, container.streams.audio[0]) if sounds else (None, 0.0)
    size = film.first.size if film.first else (0, 0)
    return Seen(max(film.end, heard), film.pictures, size, film.first, film.flash, beep, codecs)


@dataclass(frozen=True)
class _Film:
    pictures: int
    first: Image.Image | None
    flash: float | None
    end: float


def _film(container: Any, stream: Any) -> _Film:
    pictures, first, flash, end = 0, None, None, 0.0
    for frame in container.decode(stream):
        pictures += 1
        shown = frame.to_image().rotate(frame.rotation, expand=True)
        first = first or shown
        if flash is None and _brightness(shown) > _BRIGHT:
            flash = frame.time
        end = frame.time + float((frame.duration or 0) * frame.time_base)
    return _Film(pictures, first, flash, end)


def _brightness(picture: Image.Image) -> float:
    """How bright the middle of a picture is, 0 to 255."""
    width, height = picture.size
    middle = picture.crop((width * 7 // 16, height * 7 // 16, width * 9 // 16 or 1, height * 9 // 16 or 1))
    return float(ImageStat.Stat(middle.convert("L")).mean[0])


def _sound(container: Any, stream: Any) -> tuple[float | None, float]:
    """When it beeps, and when it ends."""
    beep, end = None, 0.0
    for frame in container.decode(stream):
        mono = av.AudioResampler("flt", "mono", frame.sample_rate).resample(frame)[0]
        levels = memoryview(mono.planes[0]).cast("f")[: mono.samples]  # what follows is padding
        loud = next((at for at, level in enumerate(levels) if abs(level) > _LOUD), None)
        if beep is None and loud is not None:
            beep = frame.time + loud / frame.sample_rate
        end = frame.time + frame.samples / frame.sample_rate
    return beep, end
