"""What a check found."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Level = Literal["ok", "warning", "fault"]
"""A fault loses something or lets somebody in, now or soon; a warning wants a look in working hours."""


@dataclass(frozen=True)
class Finding:
    """One sentence of how it stands and, where that is not well, one of what to do."""

    check: str
    level: Level
    says: str
    do: str = ""


def well(check: str, says: str) -> Finding:
    """All is as it should be."""
    return Finding(check, "ok", says)


def warning(check: str, says: str, do: str) -> Finding:
    """Nothing is lost yet."""
    return Finding(check, "warning", says, do)


def fault(check: str, says: str, do: str) -> Finding:
    """Do it now."""
    return Finding(check, "fault", says, do)


def in_words(span: timedelta) -> str:
    """Say a span of time as people do."""
    seconds = int(span.total_seconds())
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{max(seconds, 0)} seconds"
