"""Signatures (Ed25519, RFC 8032) in a thread: what the console signs, and whether one holds."""

import hashlib
from uuid import UUID

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

_SIGNED = b"tipline message v1\0"


def signed_bytes(tip_id: UUID, sequence: int, agency_sha256: bytes, sealed_citizen: bytes) -> bytes:
    """Return what the console signs: the tip, the place in its thread, and hashes of both ciphertexts."""
    return b"".join(
        (_SIGNED, tip_id.bytes, sequence.to_bytes(4), agency_sha256, hashlib.sha256(sealed_citizen).digest())
    )


def signature_holds(verify_key: bytes, signed: bytes, signature: bytes) -> bool:
    """Whether the key whose public half is `verify_key` signed it; nothing malformed holds."""
    try:
        VerifyKey(verify_key).verify(signed, signature)
    except (BadSignatureError, ValueError):
        return False
    return True
