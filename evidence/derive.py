"""Keys that follow from a secret, one way only, each for a purpose of its own.

HKDF-SHA256 (RFC 5869) with 32 bytes of output, for which its expansion is a single step. Written down here in
two lines over the standard library: the library that has it besides costs each public process 6 MB of memory.
"""

import hmac

KEY_BYTES = 32


def derive(secret: bytes, purpose: bytes, *, salt: bytes = b"") -> bytes:
    """Return the 32-byte key that `secret` gives for `purpose` (`info` in the terms of RFC 5869)."""
    extracted = hmac.digest(salt or bytes(KEY_BYTES), secret, "sha256")
    return hmac.digest(extracted, purpose + b"\x01", "sha256")
