"""Words and figures as the pages print them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from evidence.echoes import Echo
from evidence.thread.reading import Doubt

REASONS: Mapping[str, str] = {
    "not_relevant": "Not relevant",
    "no_crime": "No crime",
    "duplicate": "Duplicate",
    "spam": "Spam",
    "resolved": "Resolved",
    "other": "Another reason",
}
STATES: Mapping[str, str] = {
    "new": "New",
    "attached": "In a case",
    "closed": "Closed",
    "withdrawn": "Withdrawn",
    "purged": "Deleted",
}
CHANNELS: Mapping[str, str] = {"web": "Web", "sms": "Text message", "live": "Live", "staff": "Staff"}
LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Spanish"}
# Why a message must not be believed: somebody wrote into the database past the doors.
DOUBTS: Mapping[Doubt, str] = {
    "not_signed": "Not written with this tip's nine words: somebody else may have put it here."
    " Do not act on it.",
    "moved": "This message was moved: it was written after messages that stand below it. Do not act on it.",
    "repeated": "This message stands here a second time. Do not act on it.",
    "not_ours": "Not signed by this console: no colleague may have written it. Do not act on it.",
    "keys_exchanged": "What opened this tip, or the key that answers to it are sealed to, was exchanged:"
    " nothing here is proven to be the citizen's, and nothing can be answered. Tell whoever runs Tipline.",
}


_NBSP = "\N{NO-BREAK SPACE}"


def size_words(count: int) -> str:
    """Return a number of bytes in the unit people use, 1 MB being a million."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def duration_words(seconds: float) -> str:
    """Return a duration as a player shows it: 0:07, 12:30, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def echo_words(echo: Echo) -> str:
    """Return why two media are said to be alike, in the words of a colleague."""
    if echo.same_file:
        return "The same file, to the last byte"
    reasons = []
    if echo.pictures_ms is not None:
        seen = f"the same pictures for {_short(echo.pictures_ms)}" if echo.pictures_ms else "the same picture"
        reasons.append(f"{seen}, mirrored" if echo.mirrored else seen)
    if echo.sound_ms is not None:
        reasons.append(f"the same sound for {_short(echo.sound_ms)}")
    words = "; ".join(reasons)
    return words[:1].upper() + words[1:]


def _short(milliseconds: int) -> str:
    seconds = max(1, round(milliseconds / 1000))
    if seconds < 60:
        return f"{seconds}{_NBSP}s"
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}{_NBSP}min {rest}{_NBSP}s" if rest else f"{minutes}{_NBSP}min"


def ago_words(at: datetime, now: datetime) -> str:
    """Return how long ago something was, as roughly as people say it."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours = minutes // 60
    if hours < 24:
        return f"{hours} h ago"
    days = hours // 24
    return "yesterday" if days == 1 else f"{days} days ago"


def clock_words(at: datetime, zone: ZoneInfo) -> str:
    """Return a time of the agency's own clock, to the minute."""
    return at.astimezone(zone).strftime("%b %-d, %H:%M")


def full_words(at: datetime, zone: ZoneInfo) -> str:
    """Return a time to the second, with its zone, and in UTC where that differs."""
    local = at.astimezone(zone)
    words = local.strftime("%A, %B %-d, %Y, %H:%M:%S %Z")
    if local.utcoffset():
        words += at.astimezone(UTC).strftime(" (%H:%M:%S UTC)")
    return words
