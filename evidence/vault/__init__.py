"""The vault of numbers: who texts, to staff a handle, to the SMS door alone a number."""

from evidence.vault.keys import VaultKeys
from evidence.vault.texter import (
    Texter,
    confirm_once_an_hour,
    expire,
    help_once_an_hour,
    hold,
    next_reply,
    number_of,
    recognise,
    reply_once_an_hour,
    start,
    stop,
)

__all__ = [
    "Texter",
    "VaultKeys",
    "confirm_once_an_hour",
    "expire",
    "help_once_an_hour",
    "hold",
    "next_reply",
    "number_of",
    "recognise",
    "reply_once_an_hour",
    "start",
    "stop",
]
