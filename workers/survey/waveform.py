"""The waveform: how loud a recording is, in a few hundred steps from its beginning to its end."""

import json
import sys
from array import array
from pathlib import Path

from workers.inspect.facts import Facts, Sound
from workers.normalize.recipe import CLEAN, reading

NAME = "waveform-1"
MIME = "application/json"
STEPS = 480
RATE = 8000
LOUDEST = 100
"""A peak is a whole number of hundredths of full scale."""

_FULL_SCALE = 1 << 15
_SAMPLE_BYTES = 2


def command(ffmpeg: str, facts: Facts, sound: Sound, out: Path) -> tuple[str, ...]:
    """ffmpeg's command line for raw 16-bit samples of one channel."""
    return (
        *reading(ffmpeg, facts),
        *("-map", f"0:{sound.index}", "-vn", *CLEAN, "-ac", "1", "-ar", str(RATE)),
        *("-c:a", "pcm_s16le", "-f", "s16le", str(out)),
    )


def peaks(samples: Path) -> list[int]:
    """The loudest moment of each step, in hundredths of full scale; empty where there is no sound."""
    length = samples.stat().st_size // _SAMPLE_BYTES
    steps = min(STEPS, length)
    with samples.open("rb") as file:
        return [
            _peak(file.read(_SAMPLE_BYTES * (length * (step + 1) // steps - length * step // steps)))
            for step in range(steps)
        ]


def seconds(samples: Path) -> float:
    """How long the samples last."""
    return samples.stat().st_size / _SAMPLE_BYTES / RATE


def document(lasting: float, loudness: list[int]) -> bytes:
    """The waveform as it is stored: JSON with `seconds` and `peaks`."""
    return json.dumps({"seconds": round(lasting, 3), "peaks": loudness}, separators=(",", ":")).encode()


def _peak(raw: bytes) -> int:
    samples = array("h", raw)
    if sys.byteorder == "big":
        samples.byteswap()
    loudest = max(abs(max(samples)), abs(min(samples)))
    return min(LOUDEST, loudest * LOUDEST // _FULL_SCALE)
