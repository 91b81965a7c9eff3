"""Who wrote a message, said inside its envelope, where only those who may read the message see it.

The agency's public key is public and the citizen's lies in the database: whoever owns that could seal words
of their own to both. So what a citizen writes with the nine words is signed (Ed25519, RFC 8032) by a key that
the words give, their *hand*; and what opens a tip holds the keys that belong to it, of which the database
never learns the hand. None can be exchanged without exchanging the whole message. The signature is over the
tip's receipt, the newest message that its writer had seen, a nonce, and the text: moved, repeated or put into
another thread, it does not fit any more.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any, Self

from nacl.signing import SigningKey

from evidence.errors import Invalid
from evidence.thread.message import TipText
from evidence.thread.receipt import Receipt
from evidence.thread.signature import signature_holds

_SIGNED = b"tipline words v1\0"
_NONCE_BYTES = 16


@dataclass(frozen=True)
class ThreadKeys:
    """The public keys of a thread, as what opened it says: answers are sealed to `answers` (X25519).

    `hand` (Ed25519) signs what the citizen writes; None where they text, through a door that has no words.
    """

    answers: bytes
    hand: bytes | None


@dataclass(frozen=True)
class Authorship:
    """What one message says of its writer; without words there is no signature.

    `seen` is the sequence of the newest message that they had before their eyes, 0 where that is not known.
    """

    keys: ThreadKeys | None
    seen: int = 0
    nonce: bytes = b""
    signature: bytes = b""

    @classmethod
    def read(cls, plaintext: bytes) -> Self | None:
        """Read it out of an opened envelope; None where it says nothing, as those before this one do.

        Raises `Invalid` (`unreadable`) on anything that was not written here.
        """
        try:
            said = json.loads(plaintext).get("by")
            return None if said is None else cls(**_decoded(said))
        except (ValueError, TypeError, AttributeError, KeyError):
            raise Invalid("This message is not in a form this version reads.", code="unreadable") from None

    def signed_by(self, hand: bytes, lookup_sha256: bytes, text: TipText) -> bool:
        """Whether the words behind `hand` and `lookup_sha256` wrote `text`."""
        signed = _signed_bytes(lookup_sha256, self.seen, self.nonce, text)
        return signature_holds(hand, signed, self.signature)


def opening(receipt: Receipt, text: TipText) -> bytes:
    """Return the plaintext that opens a tip, for whoever has just drawn its words."""
    keys = {"answers": _text(receipt.public_key), "hand": _text(receipt.hand_public)}
    return text.to_bytes({"by": {**_signed(receipt, text, 0), **keys}})


def opening_by_text(receipt: Receipt, text: TipText) -> bytes:
    """Return the plaintext that opens a tip whose writer goes on by text: nothing later will be signed."""
    return text.to_bytes({"by": {"answers": _text(receipt.public_key)}})


def written(receipt: Receipt, text: TipText, seen: int) -> bytes:
    """Return the plaintext of a later message of whoever has the words and has `seen` so many."""
    return text.to_bytes({"by": _signed(receipt, text, seen)})


def _signed(receipt: Receipt, text: TipText, seen: int) -> dict[str, Any]:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    signed = SigningKey(receipt.hand).sign(_signed_bytes(receipt.lookup_sha256, seen, nonce, text))
    return {"seen": seen, "nonce": _text(nonce), "signature": _text(signed.signature)}


def _signed_bytes(lookup_sha256: bytes, seen: int, nonce: bytes, text: TipText) -> bytes:
    return b"".join(
        (_SIGNED, lookup_sha256, seen.to_bytes(4), nonce, hashlib.sha256(text.to_bytes()).digest())
    )


def _decoded(said: dict[str, Any]) -> dict[str, Any]:
    keys = None
    if "answers" in said:
        hand = said.get("hand")
        keys = ThreadKeys(_bytes(said["answers"]), None if hand is None else _bytes(hand))
    if "signature" not in said:
        return {"keys": keys}
    seen = said["seen"]
    if not isinstance(seen, int) or not 0 <= seen < 1 << 31:
        raise ValueError("no sequence")
    return {
        "keys": keys,
        "seen": seen,
        "nonce": _bytes(said["nonce"]),
        "signature": _bytes(said["signature"]),
    }


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
