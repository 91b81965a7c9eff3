"""The two keys of the vault, which the SMS door alone holds: one opens a number, one knows it again.

Each may have successors: what lies under an earlier key is opened, and known, by that until it is renewed.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from evidence.errors import Invalid

# A number has 16 characters at most (E.164); how many it has would tell its country. Others have names.
_PADDED_TO = 64


@dataclass(frozen=True)
class VaultKeys:
    """32 bytes each: `sealing` for libsodium's secret box, `marking` for HMAC-SHA256.

    The keys before them, the newest first, make nothing new.
    """

    sealing: bytes = field(repr=False)
    marking: bytes = field(repr=False)
    earlier_sealing: tuple[bytes, ...] = field(default=(), repr=False)
    earlier_marking: tuple[bytes, ...] = field(default=(), repr=False)

    def mark(self, number: str) -> bytes:
        """Return the 32 bytes by which a number is known again; without the key nobody can try numbers."""
        return _mark(self.marking, number)

    def marks(self, number: str) -> list[bytes]:
        """Return that, and after it the marks by which earlier keys knew the number."""
        return [_mark(key, number) for key in (self.marking, *self.earlier_marking)]

    def seal(self, number: str) -> bytes:
        """Return the number under the sealing key; a name that is longer than any number, in more blocks."""
        plain = number.encode()
        blocks = len(plain) // _PADDED_TO + 1
        return bytes(SecretBox(self.sealing).encrypt(plain.ljust(blocks * _PADDED_TO, b"\0")))

    def open(self, sealed: bytes) -> str:
        """Return the number; raises `Invalid` (`another_key`) where none of the keys has sealed it."""
        for key in (self.sealing, *self.earlier_sealing):
            if (number := _opened(key, sealed)) is not None:
                return number
        raise Invalid("This number was sealed under another key.", code="another_key")

    def is_renewed(self, sealed: bytes) -> bool:
        """Whether the sealing key itself opens this."""
        return _opened(self.sealing, sealed) is not None


def key_id(key: bytes) -> bytes:
    """Return 8 bytes that name a key and tell nothing of it: BLAKE2b (RFC 7693) of 32 random bytes."""
    return hashlib.blake2b(key, digest_size=8, person=b"tipline key id").digest()


def _mark(key: bytes, number: str) -> bytes:
    return hmac.digest(key, b"tipline number v1\0" + number.encode(), "sha256")


def _opened(key: bytes, sealed: bytes) -> str | None:
    try:
        return SecretBox(key).decrypt(sealed).rstrip(b"\0").decode()
    except CryptoError:
        return None
