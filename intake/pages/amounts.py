"""Amounts as a person reads them, in the language of the request."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from flask_babel import format_datetime, format_decimal

from intake.settings import IntakeSettings

# Decimal units, as phones and their shops count.
_UNITS = (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("KB", 10**3))


@dataclass(frozen=True)
class Limits:
    """What one tip may hold, said before anybody chooses a file."""

    files: int
    bytes: int

    @classmethod
    def of(cls, settings: IntakeSettings) -> Self:
        """Read the limits in force."""
        return cls(settings.max_files_per_tip, settings.max_file_bytes)

    @property
    def size(self) -> str:
        """The limit of one file, as text."""
        return file_size(self.bytes)


def file_size(count: int) -> str:
    """Return `count` bytes as text with at most one decimal: 20 GB, 1.5 MB, 999 bytes."""
    for unit, size in _UNITS:
        if count >= size:
            return f"{format_decimal(round(count / size, 1))}\N{NO-BREAK SPACE}{unit}"
    return f"{format_decimal(count)}\N{NO-BREAK SPACE}bytes"


def whole(count: int) -> str:
    """Return a whole number with the language's separators."""
    return str(format_decimal(count))


def moment(at: datetime) -> str:
    """Return an aware time in the agency's zone, with the zone named."""
    time = f"{format_datetime(at, 'medium')} {format_datetime(at, 'z')}"
    # CLDR puts a narrow space before AM and PM, which many fonts do not have: 11:04:36AM.
    return time.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")
