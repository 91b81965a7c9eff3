"""Texts that staff send often, in the citizen's language: what is known is filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_datetime

from evidence.errors import Invalid
from evidence.tips import Tip
from web.console.settings import ConsoleSettings

# Whoever sends it fills this in; the console sends no text that still holds one.
BLANK = "[…]"
FALLBACK = "en"


@dataclass(frozen=True)
class Canned:
    """One text: what staff call it, how it reads in their own language, and what the citizen would read."""

    name: str
    meaning: str
    text: str


# By name; placeholders are those of `_values`.
_TEXTS: Mapping[str, Mapping[str, str]] = {
    "Thank you": {
        "en": "Thank you. Your tip of {received} has arrived, and we have looked at it.",
        "es": "Gracias. Su aviso del {received} llegó y lo hemos visto.",
    },
    "Longer clip": {
        "en": "Do you have a longer recording of this? Even the minutes before and after help us. You can "
        "add it with your nine words at {link}",
        "es": "¿Tiene una grabación más larga de esto? También nos ayudan los minutos de antes y de después. "
        "Puede añadirla con sus nueve palabras en {link}",
    },
    "The original": {
        "en": "What arrived seems to have gone through a messaging app, which makes videos smaller. If the "
        "original is still on your phone, please add it with your nine words at {link}",
        "es": "Lo que llegó parece haber pasado por una aplicación de mensajes, que reduce los videos. Si el "
        "original sigue en su teléfono, añádalo con sus nueve palabras en {link}",
    },
    "Where and when": {
        "en": "Where exactly was this, and at what time? A street corner, a shop's name or a landmark is "
        "enough.",
        "es": "¿Dónde fue exactamente y a qué hora? Basta una esquina, el nombre de una tienda o un punto "
        "conocido.",
    },
    "A moment of it": {
        "en": "Please tell us more about this moment: […]",
        "es": "Cuéntenos más sobre este momento: […]",
    },
    "Stay safe": {
        "en": "Please do not go back and do not film again. If anybody is in danger, call {number}.",
        "es": "Por favor, no vuelva al lugar ni grabe otra vez. Si alguien está en peligro, llame al "
        "{number}.",
    },
    "No more questions": {
        "en": "We have no more questions for now. If you remember something, write here again. {agency}",
        "es": "Por ahora no tenemos más preguntas. Si recuerda algo, escríbanos aquí otra vez. {agency}",
    },
}


def for_tip(tip: Tip, settings: ConsoleSettings) -> list[Canned]:
    """Return every text for one tip, in its citizen's language where we have that, else in English."""
    return [
        Canned(
            name,
            languages[FALLBACK].format(**_values(tip.received_at, FALLBACK, settings)),
            languages.get(tip.language, languages[FALLBACK]).format(
                **_values(tip.received_at, tip.language if tip.language in languages else FALLBACK, settings)
            ),
        )
        for name, languages in _TEXTS.items()
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
