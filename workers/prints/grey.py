"""From grey frames to fingerprints: borders off, what shows nothing left out, what stands still told once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops

from evidence.echoes import PicturePrint
from workers.prints.cosine import SIDE, signs, strong, transform
from workers.prints.recipe import GRID

FRAME_BYTES = GRID * GRID
STILL_BITS = 8
"""Frames that differ by no more are one picture standing still."""
LEAST_STRONG = 64
"""Waves above noise that a frame must have to say anything: black, fog and plain walls have fewer."""
_FLAT_LEVELS = 24
_UNEVEN = 4
_MOST_BORDER = GRID * 3 // 8

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Frame:
    """A grey picture of `GRID` times `GRID` bytes, and its time in milliseconds."""

    at_ms: int
    pixels: bytes


def fingerprints(frames: Sequence[Frame], step_ms: int) -> tuple[PicturePrint, ...]:
    """The prints of a recording's frames, in their order; each stands for the time until the next frame."""
    pictures = [Image.frombytes("L", (GRID, GRID), frame.pixels) for frame in frames]
    if not pictures:
        return ()
    box = inner(pictures)
    prints: list[PicturePrint] = []
    standing = False
    for frame, picture in zip(frames, pictures, strict=True):
        waves = transform(picture.resize((SIDE, SIDE), Image.Resampling.BOX, box).tobytes())
        if strong(waves) < LEAST_STRONG:
            standing = False
            continue
        bits, until = signs(waves), frame.at_ms + step_ms
        if standing and (bits ^ prints[-1].bits).bit_count() <= STILL_BITS:
            prints[-1] = PicturePrint(prints[-1].at_ms, until, prints[-1].bits)
        else:
            prints.append(PicturePrint(frame.at_ms, until, bits))
        standing = True
    return tuple(prints)


def inner(pictures: Iterable[Image.Image]) -> Box:
    """The part of the frame inside its bars: rows and columns that never show anything, on both sides alike.

    On one side alone it is a night sky or a dark street, which a copy may show a little otherwise.
    """
    darkest = lightest = None
    for picture in pictures:
        darkest = picture if darkest is None else ImageChops.darker(darkest, picture)
        lightest = picture if lightest is None else ImageChops.lighter(lightest, picture)
    if darkest is None or lightest is None:
        raise ValueError("there is no picture")
    top, bottom = _bars(darkest, lightest)
    left, right = _bars(
        darkest.transpose(Image.Transpose.TRANSPOSE), lightest.transpose(Image.Transpose.TRANSPOSE)
    )
    return left, top, GRID - right, GRID - bottom


def _bars(darkest: Image.Image, lightest: Image.Image) -> tuple[int, int]:
    first = _flat_rows(darkest, lightest, range(GRID))
    last = _flat_rows(darkest, lightest, range(GRID - 1, -1, -1))
    if not first or not last or abs(first - last) > _UNEVEN or max(first, last) > _MOST_BORDER:
        return 0, 0
    return first + 1, last + 1  # the next row is half bar, half picture


def _flat_rows(darkest: Image.Image, lightest: Image.Image, rows: Iterable[int]) -> int:
    low, high = 255, 0
    for count, row in enumerate(rows):
        low = min(low, *darkest.crop((0, row, GRID, row + 1)).tobytes())
        high = max(high, *lightest.crop((0, row, GRID, row + 1)).tobytes())
        if high - low > _FLAT_LEVELS:
            return count
    return 0
