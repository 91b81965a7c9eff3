"""What the public door may do with tips: open one, and fetch one thread's envelopes. Nothing else."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from psycopg.errors import UniqueViolation

from evidence.db.connect import Connection
from evidence.derive import derive
from evidence.errors import Conflict
from evidence.seal import seal_to
from evidence.thread import Receipt, TipText
from evidence.tips.tip import Channel

TOKEN_BYTES = 32


class AlreadyOpen(Conflict):
    """A tip with these keys is there: who asks has asked before."""

    default_code = "already_open"


@dataclass(frozen=True)
class TipKeys:
    """What the citizen gets, once: the receipt, and a token (32 bytes) that binds uploads to the tip."""

    receipt: Receipt = field(repr=False)
    token: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """Draw both."""
        return cls(Receipt.new(), secrets.token_bytes(TOKEN_BYTES))

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Derive both from 32 secret random bytes: always the same ones."""
        return cls(Receipt.from_seed(seed), derive(seed, b"tipline upload token"))

    @property
    def token_text(self) -> str:
        """The token as it stands in tus metadata: base64url without padding."""
        return base64.urlsafe_b64encode(self.token).rstrip(b"=").decode()


@dataclass(frozen=True)
class OpenedTip(TipKeys):
    """A tip that is open now."""

    id: UUID


@dataclass(frozen=True)
class ReceivedMedia:
    """One received file as its sender may see it; `sha256` is hex, None until it is sealed."""

    state: str
    size: int
    sha256: str | None
    received_at: datetime


@dataclass(frozen=True)
class Envelope:
    """One message as it lies sealed to the citizen; None where it was never sealed to them."""

    sequence: int
    author: str
    sealed_citizen: bytes | None
    at: datetime


@dataclass(frozen=True)
class Mailbox:
    """Everything a receipt opens: one thread."""

    state: str
    received_at: datetime
    media: tuple[ReceivedMedia, ...]
    messages: tuple[Envelope, ...]


def open_tip(
    conn: Connection,
    text: TipText,
    *,
    channel: Channel,
    language: str,
    agency_public_key: bytes,
    uploads_until: datetime,
    keys: TipKeys,
) -> OpenedTip:
    """Open a tip in the caller's transaction; what was written is sealed here and kept nowhere in clear.

    Raises `AlreadyOpen` where the `keys` have a tip: the transaction is over then.
    """
    receipt, plaintext = keys.receipt, text.to_bytes()
    try:
        row = conn.execute(
            "SELECT intake_open_tip(%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                channel, language,
                seal_to(agency_public_key, plaintext), seal_to(receipt.public_key, plaintext),
                receipt.lookup_sha256, receipt.public_key, hashlib.sha256(keys.token).digest(), uploads_until,
            ],
        ).fetchone()  # fmt: skip
    except UniqueViolation as error:
        raise AlreadyOpen("This tip is open already.") from error
    if row is None:
        raise RuntimeError("intake_open_tip answered no row")
    return OpenedTip(receipt, keys.token, row[0])


def mailbox(conn: Connection, lookup_sha256: bytes) -> Mailbox | None:
    """Return the thread a receipt opens, or None; the same one query either way."""
    row = conn.execute("SELECT intake_mailbox(%s)", [lookup_sha256]).fetchone()
    found: dict[str, Any] | None = row[0] if row else None
    if found is None:
        return None
    return Mailbox(
        state=found["state"],
        received_at=datetime.fromisoformat(found["received_at"]),
        media=tuple(
            ReceivedMedia(m["state"], m["bytes"], m["sha256"], datetime.fromisoformat(m["received_at"]))
            for m in found["media"]
        ),
        messages=tuple(
            Envelope(
                m["sequence"], m["author"], _envelope(m["sealed_citizen"]), datetime.fromisoformat(m["at"])
            )
            for m in found["messages"]
        ),
    )


def _envelope(encoded: str | None) -> bytes | None:
    return None if encoded is None else base64.b64decode(encoded)
