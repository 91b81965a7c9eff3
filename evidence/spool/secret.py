"""The secret in an upload's URL: whoever knows it may go on with the upload, and nobody else.

It is never stored. The names of the spool's files and the key of the sidecar's metadata both follow
from it, one way only, so that reading the spool's directory opens no upload.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from evidence.derive import derive
from evidence.errors import NotFound

SECRET_BYTES = 32
_TEXT_CHARS = 43


@dataclass(frozen=True)
class UploadSecret:
    """32 random bytes, written in a URL as 43 characters of base64url."""

    raw: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """Draw a fresh secret."""
        return cls(secrets.token_bytes(SECRET_BYTES))

    @classmethod
    def joined(cls, parts: Sequence["UploadSecret"]) -> Self:
        """Derive the secret of the upload that joins `parts`, in this order.

        Who asks again because the answer was lost gets the same upload, not the same clip twice; and who
        knows every part's secret knows nothing new.
        """
        return cls(hashlib.sha256(b"tipline joined upload" + b"".join(part.raw for part in parts)).digest())

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a secret out of a URL; raises `NotFound` for anything that cannot be one."""
        try:
            raw = base64.b64decode(text.encode("ascii") + b"=", altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            raw = b""
        secret = cls(raw)
        # Only the one canonical spelling names an upload: the last character carries two spare bits.
        if len(raw) != SECRET_BYTES or len(text) != _TEXT_CHARS or secret.text != text:
            raise NotFound("There is no such upload.", code="unknown_upload")
        return secret

    @property
    def text(self) -> str:
        """The secret as it stands in the URL."""
        return base64.urlsafe_b64encode(self.raw).rstrip(b"=").decode("ascii")

    @property
    def upload_id(self) -> UUID:
        """The upload's public name: 16 bytes of a hash that does not lead back to the secret."""
        return UUID(bytes=hashlib.sha256(b"tipline upload id" + self.raw).digest()[:16])

    @property
    def metadata_key(self) -> bytes:
        """The 32-byte key under which the sidecar keeps the client's metadata (HKDF, RFC 5869)."""
        return derive(self.raw, b"tipline upload metadata")
