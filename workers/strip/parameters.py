"""Parameter sets of H.264, read to their last bit (ITU-T H.264, 7.3.2.1, 7.3.2.2 and annex E.1).

A decoder stops reading where a set's fields end; whatever stands behind them nobody sees and everybody gets.
So each field is stepped over, and what is left must be the stop bit and nothing.
"""

from workers.strip.unclean import UncleanError

MOST_BYTES = 1024
"""A set with all scaling lists written out stays below."""
_WITH_CHROMA = frozenset({44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244})
_SEPARATE_PLANES = 3
_EXTENDED_ASPECT = 255
_MOST_CODED_BUFFERS = 32
_LONGEST_CODE = 32


class _Bits:
    """A cursor over the bits of an RBSP: the unit without its emulation prevention bytes."""

    def __init__(self, unit: bytes) -> None:
        payload = unit.replace(b"\0\0\3", b"\0\0")
        self._value = int.from_bytes(payload)
        self._left = 8 * len(payload)

    def take(self, count: int) -> int:
        """The next bits as a number."""
        if count > self._left:
            raise UncleanError("a parameter set ends early")
        self._left -= count
        return (self._value >> self._left) & ((1 << count) - 1)

    def code(self) -> int:
        """An Exp-Golomb code (9.1); signed ones have the same length."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > _LONGEST_CODE:
                raise UncleanError("a parameter set holds an endless code")
        return (1 << zeros) - 1 + self.take(zeros)

    def codes(self, count: int) -> None:
        """Step over several codes."""
        for _ in range(count):
            self.code()

    @property
    def more(self) -> bool:
        """Whether anything stands before the stop bit (more_rbsp_data, 7.2)."""
        rest = self._value & ((1 << self._left) - 1)
        return rest.bit_count() > 1 or (rest.bit_count() == 1 and rest.bit_length() < self._left)

    def end(self) -> None:
        """Here must be the stop bit, and after it zeros. Raises `UncleanError`."""
        if self.take(1) != 1 or self._value & ((1 << self._left) - 1):
            raise UncleanError("a parameter set holds more than its fields")


def prove_sequence_set(unit: bytes) -> None:
    """An SPS with its header byte. Raises `UncleanError` where it is longer than its fields."""
    bits = _of(unit)
    profile = bits.take(8)
    bits.take(16)
    bits.code()
    if profile in _WITH_CHROMA:
        _skip_chroma(bits)
    bits.code()
    order = bits.code()
    if order == 0:
        bits.code()
    elif order == 1:
        bits.take(1)
        bits.codes(2)
        bits.codes(min(bits.code(), _EXTENDED_ASPECT))
    bits.code()
    bits.take(1)
    bits.codes(2)
    if not bits.take(1):
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        bits.codes(4)
    if bits.take(1):
        _skip_usability(bits)
    bits.end()


def prove_picture_set(unit: bytes) -> None:
    """A PPS with its header byte, of 4:2:0 pictures without slice groups. Raises `UncleanError`."""
    bits = _of(unit)
    bits.codes(2)
    bits.take(2)
    if bits.code() != 0:
        raise UncleanError("a parameter set divides pictures into slice groups")
    bits.codes(2)
    bits.take(3)
    bits.codes(3)
    bits.take(3)
    if bits.more:
        eight = bits.take(1)
        if bits.take(1):
            _skip_scaling(bits, 6 + 2 * eight)
        bits.code()
    bits.end()


def _of(unit: bytes) -> _Bits:
    if len(unit) > MOST_BYTES:
        raise UncleanError("a parameter set is longer than any real one")
    return _Bits(unit[1:])


def _skip_chroma(bits: _Bits) -> None:
    chroma = bits.code()
    if chroma == _SEPARATE_PLANES:
        bits.take(1)
    bits.codes(2)
    bits.take(1)
    if bits.take(1):
        _skip_scaling(bits, 12 if chroma == _SEPARATE_PLANES else 8)


def _skip_scaling(bits: _Bits, lists: int) -> None:
    """7.3.2.1.1.1: a list ends early where its next scale is 0."""
    for number in range(lists):
        if not bits.take(1):
            continue
        last = following = 8
        for _ in range(16 if number < 6 else 64):
            if following:
                code = bits.code()
                delta = (code + 1) // 2 if code % 2 else -(code // 2)
                following = (last + delta) % 256
            last = following or last


def _skip_usability(bits: _Bits) -> None:
    """VUI, E.1.1."""
    if bits.take(1) and bits.take(8) == _EXTENDED_ASPECT:
        bits.take(32)
    if bits.take(1):
        bits.take(1)
    if bits.take(1):
        bits.take(4)
        if bits.take(1):
            bits.take(24)
    if bits.take(1):
        bits.codes(2)
    if bits.take(1):
        bits.take(65)
    reference = [_skip_buffering(bits) for _ in range(2)]
    if any(reference):
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        bits.take(1)
        bits.codes(6)


def _skip_buffering(bits: _Bits) -> bool:
    """HRD, E.1.2, where it is announced."""
    if not bits.take(1):
        return False
    buffers = bits.code() + 1
    if buffers > _MOST_CODED_BUFFERS:
        raise UncleanError("a parameter set describes more buffers than there can be")
    bits.take(8)
    for _ in range(buffers):
        bits.codes(2)
        bits.take(1)
    bits.take(20)
    return True
