"""What follows from a session's token: its holder broadcasts and reads what staff ask, nobody else does."""

import secrets
from dataclasses import dataclass, field
from typing import Self

from evidence.derive import derive
from evidence.seal import public_key_of

TOKEN_BYTES = 32


@dataclass(frozen=True)
class SessionKeys:
    """A session's token (32 bytes); never log or store it."""

    token: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """Draw one."""
        return cls(secrets.token_bytes(TOKEN_BYTES))

    @property
    def prompt_private_key(self) -> bytes:
        """The X25519 key that opens prompts."""
        return derive(self.token, b"tipline live prompts v1")

    @property
    def prompt_public_key(self) -> bytes:
        """The key that staff seal prompts to."""
        return public_key_of(self.prompt_private_key)

    def part_secret(self, sequence: int) -> bytes:
        """Return the 32 bytes that name the upload of a part: asked for twice, it is the same upload."""
        return derive(self.token, b"tipline live part v1 %d" % sequence)
