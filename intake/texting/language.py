"""Which language somebody texts in: Spanish where a text has more of its small words than of English ones."""

import re

_SPANISH = frozenset(
    re.findall(
        r"\w+",
        "el la los las un una unos unas de del que en y con por para se su al es vi hay fue esta este ese esa"
        " hombre mujer carro coche calle alto parar baja ayuda iniciar inicio salir gracias hola mas",
    )
)
_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "the a an of and in on at to is was were i he she they it my his her with for that this there saw"
        " stop help start man woman car street please hello hi",
    )
)


def language_of(text: str) -> str:
    """Return `es` or `en`."""
    words = re.findall(r"\w+", text.lower())
    spanish = sum(word in _SPANISH for word in words) + sum(letter in "ñ¿¡" for letter in text.lower())
    return "es" if spanish > sum(word in _ENGLISH for word in words) else "en"
