"""Sealing to a public key: libsodium sealed boxes (X25519, XSalsa20-Poly1305) under a small envelope.

Envelope: the ASCII bytes `TL1`, the first 8 bytes of SHA-256 over the recipient's public key, then the sealed
box. The key id lets keys be rotated: an old envelope says which private key opens it.
"""

import hashlib
from collections.abc import Iterable

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from evidence.errors import Invalid

_MAGIC = b"TL1"
_KEY_ID_BYTES = 8


PrivateKeys = bytes | tuple[bytes, ...]
"""One 32-byte X25519 private key, or several: the one in use, then those before it, the newest first."""


def in_use(private_keys: PrivateKeys) -> bytes:
    """Return the key that new envelopes are made for."""
    return private_keys if isinstance(private_keys, bytes) else private_keys[0]


def key_id(public_key: bytes) -> bytes:
    """Return the 8-byte name of a 32-byte public key."""
    return hashlib.sha256(public_key).digest()[:_KEY_ID_BYTES]


def public_key_of(private_key: bytes) -> bytes:
    """Return the 32-byte X25519 public key that belongs to a private one."""
    return bytes(PrivateKey(private_key).public_key)


def seal_to(public_key: bytes, plaintext: bytes) -> bytes:
    """Seal `plaintext` so that only the holder of the private key opens it; the sender keeps no way back."""
    return _MAGIC + key_id(public_key) + SealedBox(PublicKey(public_key)).encrypt(plaintext)


def open_sealed(private_keys: PrivateKeys, envelope: bytes) -> bytes:
    """Return the plaintext; raises `Invalid` where the envelope is damaged or sealed to none of the keys."""
    head = len(_MAGIC) + _KEY_ID_BYTES
    if envelope[: len(_MAGIC)] != _MAGIC or len(envelope) < head:
        raise Invalid("This is not a sealed envelope.", code="not_an_envelope")
    private_key = _named(private_keys, envelope[len(_MAGIC) : head])
    try:
        return SealedBox(PrivateKey(private_key)).decrypt(envelope[head:])
    except CryptoError:
        raise Invalid("This envelope is damaged and cannot be opened.", code="damaged_envelope") from None


def _named(private_keys: PrivateKeys, name: bytes) -> bytes:
    several: Iterable[bytes] = (private_keys,) if isinstance(private_keys, bytes) else private_keys
    for private_key in several:
        if key_id(public_key_of(private_key)) == name:
            return private_key
    raise Invalid("This envelope is sealed to another key.", code="another_key")
