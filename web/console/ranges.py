"""Byte ranges of an HTTP request (RFC 9110, section 14), as pure rules.

Players ask for one range at a time. Several ranges in one request, or a unit other than bytes, may be
answered with the whole (section 14.2), and are.
"""

import re
from dataclasses import dataclass

# 18 digits fit every file's size; with more it is nothing a player asks for.
_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")


class Unsatisfiable(Exception):
    """The range lies outside the content: 416."""


@dataclass(frozen=True)
class Span:
    """Bytes `first` to `last`, both included, of content `total` bytes long."""

    first: int
    last: int
    total: int

    @property
    def length(self) -> int:
        """How many bytes the span holds."""
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """The span as a Content-Range header's value."""
        return f"bytes {self.first}-{self.last}/{self.total}"


def requested_span(header: str | None, total: int) -> Span | None:
    """Return the span that a Range header asks for, None where the whole is to be sent.

    Raises `Unsatisfiable` where it begins past the end, or asks for the last 0 bytes.
    """
    matched = _ONE_RANGE.match(header.replace(" ", "")) if header else None
    if matched is None or matched.group(1) == matched.group(2) == "":
        return None
    first_digits, last_digits = matched.groups()
    if first_digits == "":
        wanted = min(int(last_digits), total)
        if wanted == 0:
            raise Unsatisfiable
        return Span(total - wanted, total - 1, total)
    first = int(first_digits)
    last = min(int(last_digits), total - 1) if last_digits else total - 1
    if last_digits and int(last_digits) < first:
        return None
    if first >= total:
        raise Unsatisfiable
    return Span(first, last, total)
