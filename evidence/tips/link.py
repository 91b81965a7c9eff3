"""A personal link to send more media to a tip: short enough for a text and a small QR code, good for little.

Its code has 80 bits, in Crockford's base 32. The token that binds uploads follows from it, so that nothing
needs to be stored beside what every token has: its hash, how long it is good, and for how many files.
"""

import re
import secrets
from dataclasses import dataclass, field
from typing import Self

from evidence.derive import derive
from evidence.errors import NotFound

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 16


def new_code() -> str:
    """Draw a link's code."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def read_code(text: str) -> str | None:
    """Read a code as a person copies it: any case, hyphens and blanks, `o` for `0`, `i` and `l` for `1`.

    None for what cannot be one.
    """
    code = re.sub(r"[\s-]", "", text).upper().translate(str.maketrans("OIL", "011"))
    return code if len(code) == _LENGTH and set(code) <= set(_LETTERS) else None


@dataclass(frozen=True)
class UploadLink:
    """What stands at the end of the link; never log or store it."""

    code: str = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """Draw one."""
        return cls(new_code())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read one as `read_code` does; raises `NotFound` (`unknown_link`) for what cannot be one."""
        code = read_code(text)
        if code is None:
            raise NotFound("This link was used, is too old, or was not copied whole.", code="unknown_link")
        return cls(code)

    @property
    def token(self) -> bytes:
        """Return the 32 bytes that bind uploads to the tip."""
        return derive(self.code.encode(), b"tipline upload link v1")
