"""A proof of work: a challenge that nobody need remember, and answers dear to find and cheap to verify.

Argon2id (RFC 9106) of `INDEX:ANSWER`, salted with the challenge's nonce, must begin with so many zero bits,
for each index. Several small searches take every phone about equally long; a large one would not.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Self

from nacl.pwhash import argon2id

from evidence.errors import Invalid
from intake.settings import MOST_PROOF_BITS

ANSWERS = 4
MEMORY_KIB = 2048
LIFETIME_SECONDS = 600
HEADER = "tipline-proof"

_FORMAT = struct.Struct(">16sQB")  # nonce, seconds since 1970 at which it ends, bits
_NONCE_BYTES = 16
_MAC_BYTES = 16
_HASH_BYTES = 16
_MOST_DIGITS = 9


@dataclass(frozen=True)
class Challenge:
    """What is to be solved: until `expires` (seconds since 1970), with `bits` zero bits for each answer."""

    nonce: bytes
    expires: int
    bits: int

    @classmethod
    def new(cls, now: float, bits: int) -> Self:
        """Draw a new one."""
        return cls(secrets.token_bytes(_NONCE_BYTES), int(now) + LIFETIME_SECONDS, bits)

    def signed(self, key: bytes) -> str:
        """Write it as text that only a holder of `key` could have written."""
        plain = _FORMAT.pack(self.nonce, self.expires, self.bits)
        return base64.urlsafe_b64encode(plain + _mac(key, plain)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, key: bytes) -> Self | None:
        """Read a challenge of ours; None for anything else."""
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        plain, mac = raw[: _FORMAT.size], raw[_FORMAT.size :]
        if len(plain) != _FORMAT.size or not hmac.compare_digest(mac, _mac(key, plain)):
            return None
        return cls(*_FORMAT.unpack(plain))

    def members(self, key: bytes) -> dict[str, object]:
        """Return what a solver has to know, as a refusal's own members (RFC 9457, 3.2)."""
        return {
            "challenge": self.signed(key),
            "salt": base64.b64encode(self.nonce).decode(),
            "bits": self.bits,
            "answers": ANSWERS,
            "memory_kib": MEMORY_KIB,
        }

    def holds(self, answers: tuple[int, ...]) -> bool:
        """Verify the answers: a hash for each, until one does not hold."""
        return len(answers) == ANSWERS and all(
            _zero_bits(self.nonce, index, answer) >= self.bits for index, answer in enumerate(answers)
        )


@dataclass(frozen=True)
class Proof:
    """A challenge with its answers, as the header `Tipline-Proof` carries them: `CHALLENGE.1-2-3-4`."""

    challenge: str
    answers: tuple[int, ...]

    @classmethod
    def read(cls, header: str) -> Self | None:
        """Read the header; None where it is no proof."""
        challenge, _, said = header.partition(".")
        numbers = said.split("-")
        if len(numbers) != ANSWERS or not all(_is_number(number) for number in numbers):
            return None
        return cls(challenge, tuple(map(int, numbers)))

    def __str__(self) -> str:
        return f"{self.challenge}.{'-'.join(map(str, self.answers))}"


def solve(members: Mapping[str, Any]) -> Proof:
    """Solve a challenge, given the members of the refusal `proof_needed`: about `ANSWERS * 2**bits` hashes.

    Raises `Invalid` for a challenge of another kind, or one that would take hours.
    """
    odd = Invalid("The server asks for a proof of work that this program cannot give.", code="odd_challenge")
    if (members.get("answers"), members.get("memory_kib")) != (ANSWERS, MEMORY_KIB):
        raise odd
    try:
        challenge, bits = str(members["challenge"]), int(members["bits"])
        nonce = base64.b64decode(members["salt"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise odd from None
    if len(nonce) != _NONCE_BYTES or bits > MOST_PROOF_BITS:
        raise odd
    return Proof(challenge, tuple(_answer(nonce, index, bits) for index in range(ANSWERS)))


def key_from(shared_secret: str) -> bytes:
    """Derive the key of challenges from what all processes of a door know, and nobody else."""
    return hashlib.blake2b(shared_secret.encode(), digest_size=32, person=b"tipline-proof").digest()


def _answer(nonce: bytes, index: int, bits: int) -> int:
    return next(answer for answer in count() if _zero_bits(nonce, index, answer) >= bits)


def _zero_bits(nonce: bytes, index: int, answer: int) -> int:
    said = f"{index}:{answer}".encode()
    digest = argon2id.kdf(_HASH_BYTES, said, nonce, opslimit=1, memlimit=MEMORY_KIB * 1024)
    return _HASH_BYTES * 8 - int.from_bytes(digest).bit_length()


def _mac(key: bytes, plain: bytes) -> bytes:
    return hashlib.blake2b(plain, key=key, digest_size=_MAC_BYTES).digest()


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
