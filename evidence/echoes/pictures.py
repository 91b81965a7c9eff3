"""Do two recordings show the same pictures, in the same order? Pure.

A copy may be cut, smaller, slower, mirrored or written over, so neither times nor every picture need agree:
what counts is the longest row of pictures that come in the same order in both, and how much of the shorter
recording it is.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest

from evidence.echoes.prints import PicturePrint

NEAR_BITS = 64
"""Pictures that differ by no more of their 256 bits may be the same; two that have nothing in common: 128."""
SURE_BITS = 40
"""Where one picture must do, as of a photo, it has to be nearer."""
LEAST_SHARE = 0.5
LEAST_MS = 1_000
LONG_MS = 5_000
"""So long a row of the same pictures counts whatever else the recordings show."""
SEVERAL = 4
_MOST_PAIRS = 400_000
_MOST_PARTNERS = 8


@dataclass(frozen=True, slots=True)
class SamePictures:
    """What two recordings share: for how long, 0 where one is a photo; the mean distance in bits; how much
    of the shorter one, 0 to 1; and where it begins in each.
    """

    length_ms: int
    distance: float
    share: float
    ours_at_ms: int
    theirs_at_ms: int


def same_pictures(ours: Sequence[PicturePrint], theirs: Sequence[PicturePrint]) -> SamePictures | None:
    """What both show, None where that is too little to tell them for the same."""
    if not ours or not theirs:
        return None
    if _is_photo(ours) or _is_photo(theirs):
        return _same_moment(ours, theirs)
    stride = -(-len(ours) * len(theirs) // _MOST_PAIRS)
    ours = _in_fewer(ours, stride)
    row = _longest_row(ours, theirs)
    if not row:
        return None
    found = _measured(row, ours, theirs, stride)
    different = min(len({i for i, _, _ in row}), len({j for _, j, _ in row}))
    enough = found.share >= LEAST_SHARE and found.length_ms >= LEAST_MS
    sure = different >= SEVERAL or found.distance <= SURE_BITS
    long = found.length_ms >= LONG_MS and different >= SEVERAL
    return found if (enough and sure) or long else None


def _is_photo(prints: Sequence[PicturePrint]) -> bool:
    return len(prints) == 1 and prints[0].length_ms == 0


def _same_moment(ours: Sequence[PicturePrint], theirs: Sequence[PicturePrint]) -> SamePictures | None:
    distance, our, their = min(
        (((our.bits ^ their.bits).bit_count(), our, their) for our in ours for their in theirs),
        key=lambda found: found[0],
    )
    return SamePictures(0, distance, 1.0, our.at_ms, their.at_ms) if distance <= SURE_BITS else None


def _in_fewer(prints: Sequence[PicturePrint], stride: int) -> Sequence[PicturePrint]:
    """One picture of `stride`, standing for its neighbours too: only two long films need that."""
    groups = (prints[at : at + stride] for at in range(0, len(prints), stride))
    return [PicturePrint(group[0].at_ms, group[-1].until_ms, group[0].bits) for group in groups]


Pair = tuple[int, int, int]
"""A picture of ours, one of theirs, and their distance."""


def _longest_row(ours: Sequence[PicturePrint], theirs: Sequence[PicturePrint]) -> list[Pair]:
    """The most pairs of near pictures in which neither recording goes back (by patience sorting)."""
    pairs = [pair for i, our in enumerate(ours) for pair in _partners(i, our.bits, theirs)]
    ends: list[int] = []
    rows: list[int] = []
    before: list[int] = []
    for at, (_, j, _) in enumerate(pairs):
        place = bisect_right(ends, j)
        before.append(rows[place - 1] if place else -1)
        ends[place : place + 1] = [j]
        rows[place : place + 1] = [at]
    row: list[Pair] = []
    at = rows[-1] if rows else -1
    while at >= 0:
        row.append(pairs[at])
        at = before[at]
    return row[::-1]


def _partners(i: int, bits: int, theirs: Sequence[PicturePrint]) -> list[Pair]:
    near = (
        (distance, j)
        for j, their in enumerate(theirs)
        if (distance := (bits ^ their.bits).bit_count()) <= NEAR_BITS
    )
    return sorted((i, j, distance) for distance, j in nsmallest(_MOST_PARTNERS, near))


def _measured(
    row: Sequence[Pair], ours: Sequence[PicturePrint], theirs: Sequence[PicturePrint], stride: int
) -> SamePictures:
    nearest: dict[int, int] = {}
    for i, _, distance in row:
        nearest[i] = min(distance, nearest.get(i, distance))
    length = min(
        sum(ours[i].length_ms for i in nearest),
        sum(theirs[j].length_ms for j in {j for _, j, _ in row}) * stride,
    )
    shorter = min(sum(p.length_ms for p in ours), sum(p.length_ms for p in theirs))
    return SamePictures(
        length_ms=length,
        distance=sum(nearest.values()) / len(nearest),
        share=min(1.0, length / shorter) if shorter else 0.0,
        ours_at_ms=ours[row[0][0]].at_ms,
        theirs_at_ms=theirs[row[0][1]].at_ms,
    )
