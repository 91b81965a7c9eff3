"""What is answered by itself, in the sender's language.

A translation is worded around the letters that GSM's alphabet lacks: one of them makes a text cost twice as
much.
"""

from dataclasses import dataclass
from pathlib import Path

from evidence.wording import catalogues


def _(english: str) -> str:
    """Mark what is translated, for `make strings`."""
    return english


_RECEIPT = _(
    "In danger? Call {emergency}. {agency} has your tip. Keep these 9 words, sent this once; they "
    "open it at {site}/r : {words}. {media} STOP ends texts, HELP for help."
)
_ORIGINAL = _("Send video and photos in full quality here, once, within {hours} h: {link}")
_SHRUNK = _(
    "Texting shrinks pictures and cuts video: detail, sound and time are lost. Send the original "
    "here, once, within {hours} h: {link}"
)
_STOPPED = _("{agency}: no more texts, and your number is deleted here.{words} START to be texted again.")
_WORDS_STAY = _("Your 9 words still open your tip at {site}/r .")
_STARTED = _("{agency} will text you again. STOP ends texts, HELP for help. In danger? Call {emergency}.")
_HELP = _(
    "{agency} tip line. In danger? Call {emergency}. Text what you saw, or send video at {site} . "
    "Message and data rates may apply. {ends}"
)
_ENDS = _("STOP ends texts.")
_ENDED = _("You said STOP: no texts. START to be texted again.")
_CATALOGUES = catalogues(Path(__file__).parent / "translations")
LANGUAGES = tuple(_CATALOGUES)
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
        stay = f" {self._say(_WORDS_STAY, language)}" if words else ""
        return self._say(_STOPPED, language, words=stay)

    def started(self, language: str) -> str:
        """What answers START."""
        return self._say(_STARTED, language)

    def help(self, language: str, *, stopped: bool = False) -> str:
        """What answers HELP, also to whoever is `stopped`: carriers ask for it."""
        return self._say(_HELP, language, ends=self._say(_ENDED if stopped else _ENDS, language))

    def _say(self, said: str, language: str, **more: str) -> str:
        in_language = _CATALOGUES.get(language, {}).get(said, said)
        return in_language.format(
            agency=self.agency, emergency=self.emergency, site=self.site, hours=str(self.hours), **more
        )
