"""Texts that staff send often, in the citizen's language: what is known is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from babel.dates import format_datetime

from evidence.errors import Invalid
from evidence.tips import Tip
from evidence.wording import SOURCE, catalogues
from web.console.settings import ConsoleSettings

# Whoever sends it fills this in; the console sends no text that still holds one.
BLANK = "[…]"


@dataclass(frozen=True)
class Canned:
    """One text: what staff call it, how it reads in their own language, and what the citizen would read."""

    name: str
    meaning: str
    text: str


def _(english: str) -> str:
    """Mark what is translated, for `make strings`."""
    return english


# By name; placeholders are those of `_values`.
_TEXTS: Mapping[str, str] = {
    "Thank you": _("Thank you. Your tip of {received} has arrived, and we have looked at it."),
    "Longer clip": _(
        "Do you have a longer recording of this? Even the minutes before and after help us. You "
        "can add it with your nine words at {link}"
    ),
    "The original": _(
        "What arrived seems to have gone through a messaging app, which makes videos smaller. If "
        "the original is still on your phone, please add it with your nine words at {link}"
    ),
    "Where and when": _(
        "Where exactly was this, and at what time? A street corner, a shop's name or a landmark is enough."
    ),
    "A moment of it": _("Please tell us more about this moment: […]"),
    "Stay safe": _("Please do not go back and do not film again. If anybody is in danger, call {number}."),
    "No more questions": _(
        "We have no more questions for now. If you remember something, write here again. {agency}"
    ),
}
_CATALOGUES = catalogues(Path(__file__).parent / "translations")


def for_tip(tip: Tip, settings: ConsoleSettings) -> list[Canned]:
    """Return every text for one tip, in its citizen's language where we have that, else in English."""
    language = tip.language if tip.language in _CATALOGUES else SOURCE
    return [
        Canned(
            name,
            english.format(**_values(tip.received_at, SOURCE, settings)),
            _CATALOGUES[language]
            .get(english, english)
            .format(**_values(tip.received_at, language, settings)),
        )
        for name, english in _TEXTS.items()
    ]


def require_no_blank(text: str) -> None:
    """Raise `Invalid` (`blank_left`) where something is still to be filled in."""
    if BLANK in text:
        raise Invalid(f"Fill in the blank {BLANK} before you send this.", code="blank_left")


def _values(received_at: datetime, language: str, settings: ConsoleSettings) -> dict[str, str]:
    return {
        "agency": settings.agency_name,
        "number": settings.emergency_number,
        "link": f"{settings.intake_url}/r",
        "received": format_datetime(received_at, "d MMM, HH:mm", tzinfo=settings.zone, locale=language),
    }
