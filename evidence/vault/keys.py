"""The two keys of the vault, which the SMS door alone holds: one opens a number, one knows it again."""

import hmac
from dataclasses import dataclass, field

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from evidence.errors import Invalid

# A number has 16 characters at most (E.164); how many it has would tell its country. Others have names.
_PADDED_TO = 64


@dataclass(frozen=True)
class VaultKeys:
    """32 bytes each: `sealing` for libsodium's secret box, `marking` for HMAC-SHA256."""

    sealing: bytes = field(repr=False)
    marking: bytes = field(repr=False)

    def mark(self, number: str) -> bytes:
        """Return the 32 bytes by which a number is known again; without the key nobody can try numbers."""
        return hmac.digest(self.marking, b"tipline number v1\0" + number.encode(), "sha256")

    def seal(self, number: str) -> bytes:
        """Return the number under the sealing key; a name that is longer than any number, in more blocks."""
        plain = number.encode()
        blocks = len(plain) // _PADDED_TO + 1
        return bytes(SecretBox(self.sealing).encrypt(plain.ljust(blocks * _PADDED_TO, b"\0")))

    def open(self, sealed: bytes) -> str:
        """Return the number; raises `Invalid` (`another_key`) where it was sealed under another key."""
        try:
            return SecretBox(self.sealing).decrypt(sealed).rstrip(b"\0").decode()
        except CryptoError:
            raise Invalid("This number was sealed under another key.", code="another_key") from None
