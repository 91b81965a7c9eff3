"""The words that a text message service obeys, in English and Spanish, before anything else.

CTIA's principles and 47 CFR 64.1200(a)(10) name stop, quit, end, revoke, opt out, cancel and unsubscribe, and
"any reasonable means" of saying so. A text means STOP where it says so and nothing besides: all its words
are of the lists below. "They did not stop at the light" has other words, and is a tip; so is "I want it to
end", since a wish counts only where it is about texts.
"""

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    """What a text asks of the service itself."""

    STOP = "stop"
    START = "start"
    HELP = "help"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STOP = _set(
    "stop stopall cancel end quit alto parar pare paren detener detengan cancelar cancele cancelen baja basta"
    " salir terminar dejen deje detenganse"
)
# Nothing else is ever meant by these.
_UNMISTAKABLE = _set("unsubscribe unsub revoke revocar revoco optout stop2end")
_PHRASES = (
    "opt out", "opt me out", "remove me", "take me off", "delete my number", "remove my number",
    "do not text", "dont text", "do not contact", "dont contact", "do not message", "dont message",
    "do not send", "dont send", "no more texts", "no more messages", "no more sms", "no texts", "no messages",
    "never text", "never contact", "do not ever text", "dont ever text", "lose my number", "delete me",
    "do not want to receive", "dont want to receive", "no longer want to receive", "no longer want texts",
    "no longer want messages", "do not want any more texts", "dont want any more texts",
    "do not want any more messages", "dont want any more messages",
    "dar de baja", "darme de baja", "denme de baja", "deme de baja", "borren mi numero", "no me escriban",
    "no me escriba", "no me manden", "no me mande", "no me envien", "no me envie", "no mas mensajes",
    "no mas textos", "no quiero recibir", "no quiero mas mensajes", "no quiero mensajes", "no deseo recibir",
    "no deseo mas mensajes", "no me contacten", "no me contacte", "no envien mas", "no manden mas",
    "no me vuelvan a escribir", "quitenme de", "quiteme de", "saquenme de", "eliminenme", "borrenme",
    "borren mis datos", "borrar mi numero", "eliminen mi numero",
)  # fmt: skip
_ABOUT_TEXTS = _set(
    "texting text texts txt messaging message messages msg msgs sms subscription consent receiving list"
    " contacting calling notifications alerts"
    " mensaje mensajes texto textos escribirme enviarme mandarme textearme suscripcion consentimiento lista"
)
_BESIDE = _set(
    "please pls plz now all sending me us my to from of off this these your the any anymore more again"
    " further number immediately and thanks thank por favor me mi de la las los ya todo todos mas"
    " gracias y numero"
)
_WISHES = _set("i want would like you it quiero quisiera recibir")
_ALONE = {
    Meaning.START: _set("start unstop resume subscribe iniciar inicio comenzar empezar reanudar"),
    Meaning.HELP: _set("help info ayuda informacion"),
}
_POLITE = _set("please pls por favor")
_MOST_WORDS = 12


def meaning_of(text: str) -> Meaning | None:
    """Return what a text asks of the service; None where it is something to take in."""
    words = _words(text)
    if not words or len(words) > _MOST_WORDS:
        return None
    if _means_stop(words):
        return Meaning.STOP
    essence = [word for word in words if word not in _POLITE]
    if len(essence) != 1:
        return None
    return next((meaning for meaning, known in _ALONE.items() if essence[0] in known), None)


def _means_stop(words: list[str]) -> bool:
    said = f" {' '.join(words)} "
    for phrase in _PHRASES:
        said = said.replace(f" {phrase} ", " unsubscribe ")
    rest = set(said.split())
    clear = not rest.isdisjoint(_UNMISTAKABLE)
    if not clear and rest.isdisjoint(_STOP):
        return False
    wishes = _WISHES if clear or not rest.isdisjoint(_ABOUT_TEXTS) else frozenset[str]()
    return rest <= _STOP | _UNMISTAKABLE | _ABOUT_TEXTS | _BESIDE | wishes


def _words(text: str) -> list[str]:
    """Lower case, without accents and apostrophes; all else that is no letter parts words."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub("(?<=\\w)['`\N{RIGHT SINGLE QUOTATION MARK}](?=\\w)", "", plain)
    return re.findall(r"[^\W_]+", plain)
