"""A visit: what a page of an opened tip carries, so that its forms need not carry the nine words.

The words come once, in the body of one request, and are forgotten with it. What the page gets instead is the
words sealed under a key of all this installation's doors, with the moment at which the visit is over. Whoever
finds the page open can act until then; whoever finds it later, or reads its source, has no words.
"""

import base64
import binascii
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from psycopg.conninfo import conninfo_to_dict

from evidence.derive import derive
from evidence.errors import Invalid
from evidence.thread import Receipt

# Long enough to write something down, to fetch a file from another phone and to come back to the page.
VISIT_SECONDS = 2 * 3600
_TIME_BYTES = 8


@dataclass(frozen=True)
class Visitor:
    """Who comes with words or a visit; where these are not in order, with words that open nothing.

    So both run the same derivations and ask the database the same.
    """

    receipt: Receipt
    genuine: bool

    @classmethod
    def with_words(cls, typed: str) -> Self:
        """Read the nine words as a person types them."""
        try:
            return cls(Receipt.from_words(typed), genuine=True)
        except Invalid:
            return cls(Receipt.new(), genuine=False)


@dataclass(frozen=True)
class Visits:
    """Makes visits and reads them; any of the doors reads what another made."""

    _box: SecretBox = field(repr=False)
    _clock: Callable[[], float] = time.time

    @classmethod
    def of(cls, database_url: str, clock: Callable[[], float] = time.time) -> Self:
        """Derive the key from what all doors of one installation share: their password for the database."""
        secret = str(conninfo_to_dict(database_url).get("password") or database_url)
        return cls(SecretBox(derive(secret.encode(), b"tipline visit v1")), clock)

    def begin(self, receipt: Receipt) -> str:
        """Return what the page carries; never log it."""
        over = int(self._clock()) + VISIT_SECONDS
        sealed = self._box.encrypt(over.to_bytes(_TIME_BYTES) + receipt.words.encode())
        return base64.urlsafe_b64encode(sealed).decode()

    def read(self, carried: str) -> Visitor:
        """Return who carries it; nobody where it is over, or was not made here."""
        try:
            opened = self._box.decrypt(base64.urlsafe_b64decode(carried.encode("ascii")))
        except (CryptoError, binascii.Error, UnicodeEncodeError, ValueError):
            return Visitor.with_words("")
        if int.from_bytes(opened[:_TIME_BYTES]) < self._clock():
            return Visitor.with_words("")
        return Visitor.with_words(opened[_TIME_BYTES:].decode())
