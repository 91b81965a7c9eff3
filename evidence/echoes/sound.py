"""Do two recordings hold the same sound? Pure.

Chromaprint gives eight items of 32 bits a second (Lalinsky, "How does Chromaprint work?", 2011). In a copy a
few bits of each turn over, in something else two of five; so the two are laid against each other where most
items agree, and the longest stretch with few wrong bits is looked for.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from evidence.echoes.prints import ITEM_HEARS_SECONDS, SECONDS_PER_ITEM

MOST_WRONG = 0.15
"""Of all bits of a window: 0.02 to 0.08 was seen in copies, 0.39 in what has nothing in common."""
LEAST_ITEMS = 24
_WINDOW = 16
_LEAST_DIFFERENT = 1 / 3
"""Of the items of a stretch: a hum or silence is one item again and again, in recordings without number."""
_MOST_OFTEN = 8
_SHIFTS = 6
_ITEM_BITS = 32


@dataclass(frozen=True, slots=True)
class SameSound:
    """What two recordings share: for how long, and the part of its bits that differ."""

    length_ms: int
    wrong: float
    ours_at_ms: int
    theirs_at_ms: int


def telling(sound: Sequence[int]) -> list[int]:
    """The items by which a sound can be found, in order: not those of hum and silence, which come often."""
    often = Counter(sound)
    return [item for item in dict.fromkeys(sound) if often[item] <= _MOST_OFTEN]


def same_sound(ours: Sequence[int], theirs: Sequence[int]) -> SameSound | None:
    """The longest stretch that both hold, None where there is none of `LEAST_ITEMS` items."""
    stretches = [_stretch(ours, theirs, shift) for shift in _shifts(ours, theirs)]
    found = max((s for s in stretches if s is not None), key=lambda s: s[1], default=None)
    if found is None:
        return None
    begin, length, shift, wrong = found
    return SameSound(
        length_ms=round(1000 * (length * SECONDS_PER_ITEM + ITEM_HEARS_SECONDS)),
        wrong=wrong,
        ours_at_ms=round(1000 * SECONDS_PER_ITEM * begin),
        theirs_at_ms=round(1000 * SECONDS_PER_ITEM * (begin + shift)),
    )


def _shifts(ours: Sequence[int], theirs: Sequence[int]) -> list[int]:
    """How far theirs must be moved for the most telling items to agree: the likeliest few."""
    common = set(telling(ours)) & set(telling(theirs))
    places: dict[int, list[int]] = {item: [] for item in common}
    for at, item in enumerate(theirs):
        if item in common:
            places[item].append(at)
    votes = Counter(at - i for i, item in enumerate(ours) if item in common for at in places[item])
    return [shift for shift, _ in votes.most_common(_SHIFTS)]


def _stretch(ours: Sequence[int], theirs: Sequence[int], shift: int) -> tuple[int, int, int, float] | None:
    """Where in ours the longest good stretch begins, its items, the shift, and the part of its bits wrong."""
    first, last = max(0, -shift), min(len(ours), len(theirs) - shift)
    wrong = [(ours[i] ^ theirs[i + shift]).bit_count() for i in range(first, last)]
    sums = [0, *accumulate(wrong)]
    best = (0, 0)
    begin: int | None = None
    for at in range(len(wrong) - _WINDOW + 1):
        if sums[at + _WINDOW] - sums[at] > MOST_WRONG * _WINDOW * _ITEM_BITS:
            begin = None
            continue
        begin = at if begin is None else begin
        best = max(best, (at + _WINDOW - begin, begin))
    length, at = best
    heard = ours[first + at : first + at + length]
    if length < LEAST_ITEMS or len(set(heard)) < length * _LEAST_DIFFERENT:
        return None
    return first + at, length, shift, (sums[at + length] - sums[at]) / (length * _ITEM_BITS)
