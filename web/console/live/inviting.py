"""What a citizen reads with a link to go live."""

from collections.abc import Mapping

_FALLBACK = "en"
_WORDS: Mapping[str, str] = {
    "en": "If it is safe, show us what you see now: {link} It works once, for 24 hours. We see it while you "
    "film, and it is kept with your tip. Do not go closer for it.",
    "es": "Si no corre peligro, muéstrenos lo que ve ahora: {link} Sirve una vez, durante 24 horas. Lo vemos "
    "mientras graba y se guarda con su aviso. No se acerque por ello.",
}


def invitation(link: str, language: str) -> str:
    """Return the words in the citizen's language, in English where we have not that one."""
    return _WORDS.get(language, _WORDS[_FALLBACK]).format(link=link)
