"""Where a file seems to come from, as far as its own words can say: a grade for staff, and never a proof.

Everything it goes by can be forged with a free program. So the grade is worded as what the file looks like.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from evidence.traces.kinds import ClockGrade, Clue, Grade
from workers.traces.found import Clock

_SCREEN: frozenset[Clue] = frozenset({"screen_recorder"})
_PASSED_ON: frozenset[Clue] = frozenset(
    {
        "whatsapp",
        "telegram",
        "signal",
        "facebook",
        "tiktok",
        "ffmpeg",
        "video_site",
        "editor",
        "messenger_size",
    }
)
_FITS = timedelta(days=1)
_SLACK = timedelta(minutes=10)
_ZONES = timedelta(hours=14)
"""How far a clock of unknown zone may be from UTC."""


def grade_of(clues: Collection[Clue]) -> Grade:
    """What a file looks like, by the clues in it."""
    if not _SCREEN.isdisjoint(clues):
        return "screen recording"
    if not _PASSED_ON.isdisjoint(clues):
        return "re-encoded"
    return "original" if "camera" in clues else "unknown"


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
