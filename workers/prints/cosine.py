"""256 bits of a small grey picture: the signs of its 256 slowest waves (a two-dimensional DCT-II).

In plain Python: a picture takes a millisecond, next to the ten that decoding its second of film took.
"""

import math
from collections.abc import Sequence
from operator import mul

SIDE = 32
"""Pixels a side of the picture that is transformed."""
_WAVES = 16
_TABLE = [[math.cos(math.pi * (2 * x + 1) * u / (2 * SIDE)) for x in range(SIDE)] for u in range(_WAVES + 1)]
# The mean says nothing of a picture's shape, so the next wave down stands in its place.
_PLACES = [(_WAVES, 0), *((u, v) for u in range(_WAVES) for v in range(_WAVES) if (u, v) != (0, 0))]
MIRROR = sum(1 << bit for bit, (_, across) in enumerate(_PLACES) if across % 2)
_STRONG = 0.25
"""Grey levels: a wave weaker than this has the sign of the noise."""


def transform(pixels: Sequence[int]) -> list[float]:
    """The amplitudes, in grey levels, of the 256 waves of `SIDE` times `SIDE` pixels given row by row."""
    rows = [pixels[at : at + SIDE] for at in range(0, SIDE * SIDE, SIDE)]
    across = [[sum(map(mul, wave, row)) for row in rows] for wave in _TABLE[:_WAVES]]
    scale = 4 / (SIDE * SIDE)
    return [scale * sum(map(mul, _TABLE[u], across[v])) for u, v in _PLACES]


def signs(waves: Sequence[float]) -> int:
    """The fingerprint as a number of 256 bits."""
    return sum(1 << bit for bit, wave in enumerate(waves) if wave > 0)


def mirrored(bits: int) -> int:
    """The fingerprint of the same picture seen in a mirror: waves with an odd count across turn over."""
    return bits ^ MIRROR


def strong(waves: Sequence[float]) -> int:
    """How many waves stand above noise; a black or flat picture has few."""
    return sum(abs(wave) > _STRONG for wave in waves)
