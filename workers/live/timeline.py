"""Where each part of a broadcast stands in the copy that joins them, and what is missing between them.

By the sender's clock, since parts need not arrive in the order in which they were recorded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

SHORTEST_GAP_MS = 500
"""A recorder that is stopped and begun anew misses less."""
LONGEST_FILLER_MS = 5_000
"""Nobody watches an hour of nothing: a longer gap is told in words, and shown as long as this."""


@dataclass(frozen=True)
class Recorded:
    """A part as its recorder began it: `sequence` counts from 1, `began_at` is by the sender's clock."""

    sequence: int
    began_at: datetime
    milliseconds: int


@dataclass(frozen=True)
class Stretch:
    """What a part fills of the copy."""

    sequence: int
    at_ms: int
    milliseconds: int


@dataclass(frozen=True)
class Gap:
    """Where nothing was received: `missing_ms` by the clock, of which the copy shows `milliseconds`."""

    at_ms: int
    milliseconds: int
    missing_ms: int


Place = Stretch | Gap


def lay_out(parts: Iterable[Recorded]) -> list[Place]:
    """Return what the copy shows, one after the other, from 0 ms on.

    Recordings that overlap, by a clock that was set meanwhile, follow each other: nothing is left out.
    """
    places: list[Place] = []
    at_ms = 0
    before: Recorded | None = None
    for part in sorted(parts, key=lambda part: (part.began_at, part.sequence)):
        if before:
            missing = _between(before, part)
            if missing >= SHORTEST_GAP_MS:
                places.append(Gap(at_ms, min(missing, LONGEST_FILLER_MS), missing))
                at_ms += places[-1].milliseconds
        places.append(Stretch(part.sequence, at_ms, part.milliseconds))
        at_ms += part.milliseconds
        before = part
    return places


def _between(one: Recorded, other: Recorded) -> int:
    apart = other.began_at - one.began_at
    return round(apart.total_seconds() * 1000) - one.milliseconds
