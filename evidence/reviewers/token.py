"""Secrets handed to a browser: 32 random bytes, of which the database keeps only the SHA-256."""

import base64
import binascii
import hashlib
import secrets


def new_token() -> str:
    """Return a fresh secret as base64url, 43 characters."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def token_sha256(token: str) -> bytes:
    """Return what the database keeps of a token; one that is malformed matches no row."""
    try:
        raw = base64.b64decode(token + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = token.encode()
    return hashlib.sha256(raw).digest()
