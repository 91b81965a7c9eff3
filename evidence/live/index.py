"""Where a viewer may begin in a recording that still grows: how far its beginning goes, and its key places.

Pure rules over bytes, made by reading headers and passing over the pictures themselves. It can be derived
again from the file at any time. What is read was sent by strangers: a fault ends the index where it is, and
never raises.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Protocol

# A header that is longer is no header of a recorder's.
LONGEST_HEADER = 1 << 20
FIRST_LOOK = 1 << 12


class Fault(Exception):
    """These bytes are not what they were said to be."""


@dataclass(frozen=True)
class Mark:
    """A place where a decoder can begin: the offset of its cluster or fragment, and its time in ms."""

    offset: int
    time_ms: int


@dataclass
class Found:
    """What a scan has found until now; `init_end` is None until what a decoder must know first is there."""

    init_end: int | None = None
    marks: list[Mark] = field(default_factory=list)
    latest_ms: int = 0


class Scanner(Protocol):
    """Reads one container, element by element."""

    def step(self, at: int, data: bytes, found: Found) -> int | None:
        """Read the element at offset `at`, whose first bytes are `data`; return where the next one begins.

        None asks for more of it. Raises `Fault`.
        """


@dataclass
class Index:
    """The index of one growing file, fed piece by piece."""

    scanner: Scanner
    found: Found = field(default_factory=Found)
    wants: int = 0
    broken: bool = False
    look: int = FIRST_LOOK

    def take(self, data: bytes) -> bool:
        """Read on in `data`, the file's bytes from `wants` on; say whether there was anything to be had.

        Where not, `look` is how many bytes are wanted from there at least.
        """
        start, at = self.wants, 0
        while at < len(data) and not self.broken:
            try:
                after = self.scanner.step(self.wants, data[at : at + self.look], self.found)
            except Fault:
                self.broken = True
                break
            if after is None:
                if len(data) - at < self.look:
                    break  # the file ends here, for now
                self._look_further()
                if len(data) - at < self.look:
                    break
                continue
            self.wants, self.look = after, FIRST_LOOK
            at = after - start
        return self.wants > start

    def _look_further(self) -> None:
        self.look *= 4
        self.broken = self.look > LONGEST_HEADER * 4

    def join(self, at_ms: int | None = None) -> Mark | None:
        """Return the last place to begin, or the last at or before `at_ms`; None while there is none."""
        marks = self.found.marks
        if not marks:
            return None
        if at_ms is None:
            return marks[-1]
        return marks[max(0, bisect_right(marks, at_ms, key=lambda mark: mark.time_ms) - 1)]
