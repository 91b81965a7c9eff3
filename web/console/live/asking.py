"""What staff ask of whoever films, ready in the citizen's language: read in a second, while filming."""

from collections.abc import Mapping
from dataclasses import dataclass

from evidence.errors import Invalid

FALLBACK = "en"


@dataclass(frozen=True)
class Ask:
    """One ready prompt: its code, what staff read on its button, and what the citizen reads."""

    code: str
    name: str
    text: str


# By code: what staff read, and what the citizen reads in each language.
_ASKS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "left": ("Pan left", {"en": "Please pan left", "es": "Por favor, gire a la izquierda"}),
    "right": ("Pan right", {"en": "Please pan right", "es": "Por favor, gire a la derecha"}),
    "still": ("Hold still", {"en": "Please hold still", "es": "Por favor, no mueva el teléfono"}),
    "closer": (
        "Closer, if safe",
        {
            "en": "Please go closer, but only if it is safe",
            "es": "Por favor, acérquese, pero solo si es seguro",
        },
    ),
    "back": ("Step back", {"en": "Please step back", "es": "Por favor, aléjese"}),
    "sound": ("Turn on sound", {"en": "Please turn on the sound", "es": "Por favor, active el sonido"}),
    "safe": (
        "Get to safety",
        {
            "en": "Please stop filming and get to safety",
            "es": "Por favor, deje de grabar y póngase a salvo",
        },
    ),
    "thanks": ("Thank you", {"en": "Thank you, we see it", "es": "Gracias, lo vemos"}),
}


def asks_in(language: str) -> list[Ask]:
    """Return every ready prompt in a language, in English where we have not that one."""
    return [Ask(code, name, texts.get(language, texts[FALLBACK])) for code, (name, texts) in _ASKS.items()]


def text_of(code: str, language: str) -> str:
    """Return one ready prompt; raises `Invalid` (`unknown_prompt`)."""
    for ask in asks_in(language):
        if ask.code == code:
            return ask.text
    raise Invalid("Choose one of the ready prompts, or write your own.", code="unknown_prompt")
