"""What the doors may do with tips: open one, admit more media to it, and, with the words, fetch one thread's
envelopes and withdraw it. Nothing else."""

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
from evidence.thread.authorship import opening, opening_by_text
from evidence.thread.statement import Statement
from evidence.tips.tip import Channel

TOKEN_BYTES = 32


def token_text(token: bytes) -> str:
    """Return a token as it stands in tus metadata: base64url without padding."""
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


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
        return token_text(self.token)


@dataclass(frozen=True)
class OpenedTip(TipKeys):
    """A tip that is open now."""

    id: UUID


@dataclass(frozen=True)
class ReceivedMedia:
    """One received file as its sender may see it; `sha256` is hex, None until it is sealed.

    `statement` is signed text about it (`evidence.thread.statement`), None until it is sealed. `trouble` is
    the code of why staff cannot be shown it, `seems` what it looks like (`evidence.traces.kinds.Grade`).
    """

    state: str
    size: int
    sha256: str | None
    received_at: datetime
    statement: Statement | None
    trouble: str | None
    seems: str | None


@dataclass(frozen=True)
class Envelope:
    """One message as it lies sealed to the citizen; None where it was never sealed to them.

    What staff wrote carries the console's signature (`evidence.thread.writing.signed_bytes`).
    """

    sequence: int
    author: str
    sealed_citizen: bytes | None
    at: datetime
    agency_sha256: bytes
    signature: bytes | None


@dataclass(frozen=True)
class Mailbox:
    """Everything a receipt opens: one thread."""

    tip_id: UUID
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
    receipt = keys.receipt
    plaintext = opening(receipt, text)
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


def open_texted_tip(
    conn: Connection, text: str, *, language: str, agency_public_key: bytes, receipt: Receipt
) -> UUID:
    """Open a tip by text message, as the SMS door, in the caller's transaction; return its id.

    Raises `Invalid` (`too_long`).
    """
    plaintext = opening_by_text(receipt, TipText(what=text))
    row = conn.execute(
        "SELECT sms_open_tip(%s, %s, %s, %s, %s)",
        [
            language, seal_to(agency_public_key, plaintext), seal_to(receipt.public_key, plaintext),
            receipt.lookup_sha256, receipt.public_key,
        ],
    ).fetchone()  # fmt: skip
    if row is None:
        raise RuntimeError("sms_open_tip answered no row")
    return UUID(str(row[0]))


def admit_with_words(conn: Connection, receipt: Receipt, token: bytes, until: datetime) -> bool:
    """Let `token` (32 bytes) bind uploads to the receipt's tip; False where there is none, or it ended."""
    row = conn.execute(
        "SELECT intake_admit(%s, %s, %s)", [receipt.lookup, hashlib.sha256(token).digest(), until]
    ).fetchone()
    return bool(row and row[0])


def admit_by_text(conn: Connection, tip_id: UUID, token: bytes, until: datetime, *, files: int) -> bool:
    """Let `token` (32 bytes) bind so many uploads to a tip, as the SMS door; False where it has ended."""
    row = conn.execute(
        "SELECT sms_admit(%s, %s, %s, %s)", [tip_id, hashlib.sha256(token).digest(), until, files]
    ).fetchone()
    return bool(row and row[0])


def withdraw(conn: Connection, receipt: Receipt) -> bool | None:
    """Take the receipt's tip back: None where none has these words, False where it is evidence by now."""
    row = conn.execute("SELECT intake_withdraw(%s)", [receipt.lookup]).fetchone()
    taken_back: bool | None = row[0] if row else None
    return taken_back


def mailbox(conn: Connection, lookup: bytes) -> Mailbox | None:
    """Return the thread a receipt opens, or None; the same one query either way.

    What staff wrote is marked as read by it.
    """
    row = conn.execute("SELECT intake_mailbox(%s)", [lookup]).fetchone()
    found: dict[str, Any] | None = row[0] if row else None
    if found is None:
        return None
    return Mailbox(
        tip_id=UUID(found["tip"]),
        state=found["state"],
        received_at=datetime.fromisoformat(found["received_at"]),
        media=tuple(_received(media) for media in found["media"]),
        messages=tuple(_enveloped(message) for message in found["messages"]),
    )


def _received(media: dict[str, Any]) -> ReceivedMedia:
    at = datetime.fromisoformat(media["received_at"])
    stated = None
    if media["statement"] is not None:
        stated = Statement(media["statement"], bytes.fromhex(media["signature"]))
    return ReceivedMedia(
        media["state"], media["bytes"], media["sha256"], at, stated, media["trouble"], media["seems"]
    )


def _enveloped(message: dict[str, Any]) -> Envelope:
    sealed, signature = message["sealed_citizen"], message["signature"]
    return Envelope(
        sequence=message["sequence"],
        author=message["author"],
        sealed_citizen=None if sealed is None else base64.b64decode(sealed),
        at=datetime.fromisoformat(message["at"]),
        agency_sha256=bytes.fromhex(message["agency_sha256"]),
        signature=None if signature is None else bytes.fromhex(signature),
    )
