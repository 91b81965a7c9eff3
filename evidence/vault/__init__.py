"""The vault of numbers: who texts, to staff a handle, to the SMS door alone a number."""

from evidence.vault.keys import VaultKeys, key_id
from evidence.vault.succession import (
    FIRST,
    KeyInUse,
    agree,
    count_left_over,
    count_marks_left_over,
    keys_in_use,
    note_refused,
    renew,
    succeed,
)
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
    "FIRST",
    "KeyInUse",
    "Texter",
    "VaultKeys",
    "agree",
    "confirm_once_an_hour",
    "count_left_over",
    "count_marks_left_over",
    "expire",
    "help_once_an_hour",
    "hold",
    "key_id",
    "keys_in_use",
    "next_reply",
    "note_refused",
    "number_of",
    "recognise",
    "renew",
    "reply_once_an_hour",
    "start",
    "stop",
    "succeed",
]
