"""The same request again, because its answer was lost: it finds what the first one made.

A client sends a random `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) and keeps it until it
has its answer. What is otherwise drawn at random then follows from that key, from what was asked, and from
what only this installation's doors know. Nothing is stored: docs/decisions/0017-repeatable-requests.md.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Self

from psycopg.conninfo import conninfo_to_dict

from evidence.derive import derive
from evidence.errors import Invalid

HEADER = "Idempotency-Key"

# A string of structured fields (RFC 8941), or bare, as most send it. 22 characters of base64url are 128 bits.
_KEY = re.compile(r'"?([A-Za-z0-9._~:+/=-]{22,255})"?')
# A constant would be shared by everybody who uses that client; random keys are never so uniform.
_LEAST_DIFFERENT = 8


@dataclass(frozen=True)
class RepeatKey:
    """What a client drew, under the secret of all doors; never log or store it: it leads to a receipt."""

    _material: bytes = field(repr=False)

    @classmethod
    def read(cls, said: str | None, database_url: str) -> Self | None:
        """Read a key, None where none was sent; raises `Invalid` (`idempotency_key`) where it is not random.

        The secret is the door's password for the database: the same in all its processes, and in the next.
        """
        if not said:
            return None
        found = _KEY.fullmatch(said.strip())
        if found is None or len(set(found[1])) < _LEAST_DIFFERENT:
            raise Invalid(
                "An Idempotency-Key is 22 to 255 random letters and digits, drawn anew for each new request.",
                code="idempotency_key",
            )
        secret = str(conninfo_to_dict(database_url).get("password") or database_url)
        return cls(hashlib.sha256(secret.encode()).digest() + hashlib.sha256(found[1].encode()).digest())

    @classmethod
    def drawn(cls) -> Self:
        """Draw one nobody will send again, for a client that sent none."""
        return cls(secrets.token_bytes(64))

    def seed(self, purpose: str, *asked: bytes) -> bytes:
        """Return the 32 bytes that stand for randomness in what was `asked`."""
        content = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in asked)).digest()
        info = b"tipline repeat v1 " + purpose.encode() + b"\0" + content
        return derive(self._material, info)
