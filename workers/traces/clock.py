"""How the time by a file's own clock stands to its arrival."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from evidence.traces.kinds import ClockGrade
from workers.traces.found import Clock

_FITS = timedelta(days=1)
_SLACK = timedelta(minutes=10)
_ZONES = timedelta(hours=14)
"""How far a clock of unknown zone may be from UTC."""


def clock_grade(clock: Clock | None, arrived: datetime) -> ClockGrade:
    """How the file's own time stands to its arrival. The time itself is sealed: it may tell who was where."""
    if clock is None:
        return "none"
    unsure = timedelta() if clock.zoned else _ZONES
    if clock.at - unsure > arrived + _SLACK:
        return "ahead"
    return "older" if clock.at + unsure < arrived - _FITS else "fits"


def offset_words(clock: Clock, arrived: datetime) -> str:
    """The clock's time and how far from the arrival it is, for whoever unseals it."""
    seconds = round((arrived - clock.at).total_seconds())
    side = "before" if seconds >= 0 else "after"
    zone = "" if clock.zoned else ", by a clock of unknown time zone"
    return f"{clock.said}{zone}: {_long(abs(seconds))} {side} its arrival"


def _long(seconds: int) -> str:
    units: Sequence[tuple[int, str]] = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    parts = []
    for size, name in units:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
