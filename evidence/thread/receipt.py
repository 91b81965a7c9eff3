"""The receipt: nine random words that are a key, shown once and never stored.

HKDF-SHA256 (RFC 5869) over the words gives a lookup value, an X25519 key pair to read with, and an Ed25519
key pair to sign with, whose public half only the tip's own first message tells. The database keeps
SHA-256(lookup) and the X25519 public key: it can find a thread for whoever holds the words, and read nothing
of it. To be let in takes the lookup value itself, which a copy of the database does not give.
Nine words from the EFF's long list of 7,776 carry 116 bits, so no stretching is needed.
"""

import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import Self

from nacl.signing import SigningKey
from xkcdpass import xkcd_password

from evidence.derive import derive
from evidence.errors import Invalid
from evidence.seal import public_key_of

WORD_COUNT = 9
_SALT = b"tipline receipt v1"


@cache
def word_list() -> tuple[str, ...]:
    """Return the EFF long word list, sorted."""
    words = xkcd_password.generate_wordlist(
        wordfile=xkcd_password.locate_wordfile("eff-long"), min_length=1, max_length=20
    )
    return tuple(sorted(set(words)))


@cache
def _known_words() -> frozenset[str]:
    return frozenset(word_list())


@dataclass(frozen=True)
class Receipt:
    """Nine words and what follows from them; never log it, never store it.

    `hand` is the seed of the key that signs what their holder writes (`evidence.thread.authorship`).
    """

    words: str = field(repr=False)
    lookup: bytes = field(repr=False)
    lookup_sha256: bytes
    public_key: bytes
    private_key: bytes = field(repr=False)
    hand: bytes = field(repr=False)

    @property
    def hand_public(self) -> bytes:
        """By which the holder's signatures are known."""
        return bytes(SigningKey(self.hand).verify_key)

    @classmethod
    def new(cls) -> Self:
        """Draw nine words from the operating system's randomness."""
        return cls._derive(" ".join(secrets.choice(word_list()) for _ in range(WORD_COUNT)))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Draw nine words from 32 secret random bytes: always the same ones."""
        drawn = (derive(seed, b"word %d" % place, salt=_SALT) for place in range(WORD_COUNT))
        # 256 bits for each: every word is as likely as any other, to one in 2**240.
        words = (word_list()[int.from_bytes(number) % len(word_list())] for number in drawn)
        return cls._derive(" ".join(words))

    @classmethod
    def from_words(cls, text: str) -> Self:
        """Read words as a person types them: any case, any spacing or punctuation between them.

        Raises `Invalid` (`receipt_words`) where they are not nine words of the list.
        """
        plain = unicodedata.normalize("NFKC", text).lower()
        words = _split(plain)
        if len(words) != WORD_COUNT or not _known_words().issuperset(words):
            raise Invalid(
                "A receipt is nine words from its list; check their spelling.", code="receipt_words"
            )
        return cls._derive(" ".join(words))

    @classmethod
    def _derive(cls, words: str) -> Self:
        secret = words.encode()
        lookup = derive(secret, b"lookup", salt=_SALT)
        private_key = derive(secret, b"x25519", salt=_SALT)
        return cls(
            words, lookup, hashlib.sha256(lookup).digest(), public_key_of(private_key), private_key,
            hand=derive(secret, b"ed25519", salt=_SALT),
        )  # fmt: skip


def _split(plain: str) -> list[str]:
    """Split typed text into words; a few words of the list hold a hyphen themselves."""
    words: list[str] = []
    for piece in re.findall(r"[a-z]+(?:-[a-z]+)*", plain):
        halves = piece.split("-")
        while halves:
            length = 2 if "-".join(halves[:2]) in _known_words() else 1
            words.append("-".join(halves[:length]))
            del halves[:length]
    return words
