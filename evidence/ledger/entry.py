"""What a ledger entry is: the exact bytes that were hashed, and how they are read."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

GENESIS = bytes(32)


def entry_hash(previous: bytes, body: bytes) -> bytes:
    """Return SHA-256(0x00 || previous || body): a Merkle leaf hash as in RFC 6962, section 2.1."""
    return hashlib.sha256(b"\x00" + previous + body).digest()


@dataclass(frozen=True)
class LedgerRow:
    """An entry as stored: `body` is the exact JSON text, `previous` and `hash` are 32 bytes."""

    chain: UUID
    sequence: int
    body: bytes
    previous: bytes
    hash: bytes


@dataclass(frozen=True)
class Entry:
    """An entry as read: what happened, when, and by whom."""

    chain: UUID
    sequence: int
    at: datetime
    kind: str
    actor: str
    details: dict[str, Any]
    hash: bytes

    @classmethod
    def read(cls, row: LedgerRow) -> Self:
        """Parse a row's body; raises `ValueError` or `KeyError` where it is not an entry of ours."""
        body = json.loads(row.body)
        return cls(
            chain=UUID(body["chain"]),
            sequence=int(body["sequence"]),
            at=datetime.fromisoformat(body["at"]),
            kind=body["kind"],
            actor=body["actor"],
            details=body["details"],
            hash=row.hash,
        )
