"""What the agency says of a file it has sealed, to whoever sent it: signed text that names nobody.

The worker signs when it seals (Ed25519, RFC 8032), with the key that signs the ledger's heads: the public
door hands statements out and could not make one. `docs/check_statement.py` checks them without us.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from nacl.signing import SigningKey

from evidence.db.connect import Connection
from evidence.thread.signature import signature_holds

# Before what is signed, so that the key's other signatures never pass for a statement.
SIGNED = b"tipline statement v1\n"


@dataclass(frozen=True)
class Statement:
    """The exact text that was signed, a line of JSON, and its signature of 64 bytes."""

    text: str
    signature: bytes

    @classmethod
    def sign(
        cls, *, sha256: bytes, size: int, received_at: datetime, sealed_at: datetime, signing_key: bytes
    ) -> Self:
        """Say that a file of these bytes came in whole and was sealed; times are told in UTC."""
        text = json.dumps(
            {
                "sha256": sha256.hex(),
                "bytes": size,
                "received_at": received_at.astimezone(UTC).isoformat(timespec="seconds"),
                "sealed_at": sealed_at.astimezone(UTC).isoformat(timespec="seconds"),
            }
        )
        return cls(text, SigningKey(signing_key).sign(SIGNED + text.encode()).signature)


def signer_of(statement: Statement, keys: Sequence[bytes]) -> bytes:
    """Return which of the agency's keys, the newest first, signed it; the newest where none did."""
    signed = SIGNED + statement.text.encode()
    holding = (key for key in keys if signature_holds(key, signed, statement.signature))
    return next(holding, keys[0] if keys else b"")


def keep(conn: Connection, media_id: UUID, statement: Statement) -> None:
    """Keep what a worker says of a media it seals, in the transaction that seals it; the first one stands."""
    conn.execute(
        "INSERT INTO statement (media_id, body, signature) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        [media_id, statement.text.encode(), statement.signature],
    )
