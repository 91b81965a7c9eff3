"""What samples are made of: NAL units of H.264 (ISO/IEC 14496-15, 5.3) and raw blocks of AAC (14496-3, 4.4).

The coded pictures and sounds themselves are not decoded: what a camera wrote into them is what it saw.
"""

from collections.abc import Iterable
from typing import BinaryIO, Literal

from workers.strip.parameters import prove_picture_set, prove_sequence_set
from workers.strip.unclean import UncleanError

Coding = Literal["avc1", "mp4a"]

SEQUENCE_SET, PICTURE_SET = 7, 8
_SLICES = frozenset({1, 5})
_LENGTH_BYTES = 4
_START_CODE = b"\0\0\1"
_MOST = {"avc1": 32 << 20, "mp4a": 8191}
"""The largest sample, in bytes: a noisy picture of 40 million pixels; the longest frame of ADTS."""
_SOUND_ELEMENTS = frozenset({0, 1})
"""A single channel, a pair: encoders write their names into a fill element before it (table 4.85)."""


def prove_samples(file: BinaryIO, start: int, sizes: Iterable[int], coding: Coding) -> int:
    """Look into samples that lie one after another from `start`; the offset behind the last of them.

    Raises `UncleanError` at the first that holds anything else.
    """
    file.seek(start)
    for size in sizes:
        if size > _MOST[coding]:
            raise UncleanError("a sample is larger than any real one")
        sample = file.read(size)
        if len(sample) != size:
            raise UncleanError("a sample lies outside of the file")
        if coding == "avc1":
            _prove_units(sample)
        elif size and sample[0] >> 5 not in _SOUND_ELEMENTS:
            raise UncleanError("a sample of sound begins with something else")
        start += size
    return start


def _prove_units(sample: bytes) -> None:
    at = 0
    while at < len(sample):
        length = int.from_bytes(sample[at : at + _LENGTH_BYTES])
        begin = at + _LENGTH_BYTES
        at = begin + length
        if length < 2 or at > len(sample):
            raise UncleanError("a unit does not fit into its sample")
        prove_unit(sample, begin, at)


def prove_unit(sample: bytes, begin: int, end: int) -> None:
    """One unit, from its header byte. Raises `UncleanError`."""
    header = sample[begin]
    kind = header & 0x1F
    if header & 0x80:
        raise UncleanError("a unit has its forbidden bit set")
    if kind in _SLICES:
        if sample.find(_START_CODE, begin, end) >= 0:
            raise UncleanError("a unit hides in a unit")
    elif kind == SEQUENCE_SET:
        prove_sequence_set(sample[begin:end])
    elif kind == PICTURE_SET:
        prove_picture_set(sample[begin:end])
    else:
        raise UncleanError(f"unit {kind}")
