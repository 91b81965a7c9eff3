"""What fingerprints are: of pictures and of sound, never of people."""

from collections.abc import Mapping
from dataclasses import dataclass

PICTURE_BITS = 256
SECONDS_PER_ITEM = 0.1238
"""Chromaprint's step, 1365 samples at 11,025 a second. An item hears 2.7 seconds of sound."""
ITEM_HEARS_SECONDS = 2.7


@dataclass(frozen=True, slots=True)
class PicturePrint:
    """A picture of a recording: shown from `at_ms` until `until_ms`; `bits` is a number of 256 bits.

    Of a photo, both are 0.
    """

    at_ms: int
    until_ms: int
    bits: int

    @property
    def length_ms(self) -> int:
        """How long it is shown."""
        return self.until_ms - self.at_ms


@dataclass(frozen=True, slots=True)
class Prints:
    """All fingerprints of a media: its pictures in order, and its sound as Chromaprint's items of 32 bits."""

    pictures: tuple[PicturePrint, ...]
    sound: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """How prints were taken, so that an expert can take them again: recipe, command line and tools."""

    recipe: str
    command: str
    tools: Mapping[str, str]
