"""What is answered by itself, in the sender's language.

Spanish is worded around the letters that GSM's alphabet lacks: one of them makes a text cost twice as much.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_RECEIPT = {
    "en": "In danger? Call {emergency}. {agency} has your tip. Keep these 9 words, sent this once; they"
    " open it at {site}/r : {words}. {media} STOP ends texts, HELP for help.",
    "es": "¿En peligro? Llame al {emergency}. {agency} tiene su aviso. Guarde estas 9 palabras, no se"
    " repiten; lo abren en {site}/r : {words}. {media} ALTO termina, AYUDA ayuda.",
}
_ORIGINAL = {
    "en": "Send video and photos in full quality here, once, within {hours} h: {link}",
    "es": "Mande video y fotos en plena calidad, una vez, en {hours} h: {link}",
}
_SHRUNK = {
    "en": "Texting shrinks pictures and cuts video: detail, sound and time are lost. Send the original here,"
    " once, within {hours} h: {link}",
    "es": "Por mensaje las fotos se achican y el video se corta: se pierden detalle, sonido y hora. Mande el"
    " original por este enlace, una vez, en {hours} h: {link}",
}
_STOPPED = {
    "en": "{agency}: no more texts, and your number is deleted here.{words} START to be texted again.",
    "es": "{agency}: ya no le mandamos mensajes y su contacto queda borrado.{words} INICIAR para recibirlos"
    " otra vez.",
}
_WORDS_STAY = {
    "en": " Your 9 words still open your tip at {site}/r .",
    "es": " Sus 9 palabras abren su aviso en {site}/r .",
}
_STARTED = {
    "en": "{agency} will text you again. STOP ends texts, HELP for help. In danger? Call {emergency}.",
    "es": "{agency} vuelve a mandarle mensajes. ALTO termina, AYUDA ayuda. ¿En peligro? Llame al"
    " {emergency}.",
}
_HELP = {
    "en": "{agency} tip line. In danger? Call {emergency}. Text what you saw, or send video at {site} ."
    " Message and data rates may apply. {ends}",
    "es": "{agency}, avisos. ¿En peligro? Llame al {emergency}. Escriba lo que vio o mande video en {site} ."
    " Su plan cobra mensajes y datos. {ends}",
}
_ENDS = {"en": "STOP ends texts.", "es": "ALTO termina."}
_ENDED = {
    "en": "You said STOP: no texts. START to be texted again.",
    "es": "Dijo ALTO: no le mandamos mensajes. INICIAR para recibirlos.",
}
LANGUAGES = tuple(_RECEIPT)
"""Every language that there are answers in."""


@dataclass(frozen=True)
class Replies:
    """The answers of one agency; `site` is the citizens' address."""

    agency: str
    emergency: str
    site: str
    hours: int

    def receipt(self, language: str, words: str, link: str, *, shrunk: bool) -> str:
        """What answers the first text: the emergency number, the words, and how to send the original."""
        return self._say(_RECEIPT, language, words=words, media=self.link(language, link, shrunk=shrunk))

    def link(self, language: str, link: str, *, shrunk: bool) -> str:
        """How to send the original; and what an MMS loses, to whoever sent one."""
        return self._say(_SHRUNK if shrunk else _ORIGINAL, language, link=link)

    def stopped(self, language: str, *, words: bool) -> str:
        """The one confirmation of STOP; `words` is whether they have the words of a tip."""
        return self._say(_STOPPED, language, words=self._say(_WORDS_STAY, language) if words else "")

    def started(self, language: str) -> str:
        """What answers START."""
        return self._say(_STARTED, language)

    def help(self, language: str, *, stopped: bool = False) -> str:
        """What answers HELP, also to whoever is `stopped`: carriers ask for it."""
        return self._say(_HELP, language, ends=self._say(_ENDED if stopped else _ENDS, language))

    def _say(self, said: Mapping[str, str], language: str, **more: str) -> str:
        known: Mapping[str, str] = MappingProxyType(
            {"agency": self.agency, "emergency": self.emergency, "site": self.site, "hours": str(self.hours)}
        )
        return said[language if language in said else "en"].format(**known, **more)
