"""The one way to append to a thread: whoever writes, it is sealed twice, and committed to by the ledger.

Each door has a function of its own in the database (`*_thread.sql`) and may call no other. A message is a
`TipText` of which only `what` is filled. What staff write is signed by the console (Ed25519, RFC 8032) over
tip, sequence and both ciphertexts: who owns the database, but not the console, cannot speak for the agency.
"""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import LiteralString
from uuid import UUID

from nacl.signing import SigningKey

from evidence.db.connect import Connection
from evidence.db.refused import Refusals, translated
from evidence.errors import Conflict, Gone, Invalid, NotFound, TooMany
from evidence.seal import PrivateKeys, in_use, public_key_of, seal_to
from evidence.thread.authorship import written
from evidence.thread.message import TipText, first_of_tips, newest_sequence, registered
from evidence.thread.reading import keys_hold, open_for_agency
from evidence.thread.receipt import Receipt
from evidence.thread.signature import signed_bytes


@dataclass(frozen=True)
class StaffKeys:
    """What the console writes with: the agency's private keys (X25519) and its own signing seed (Ed25519)."""

    agency_private: PrivateKeys = field(repr=False)
    signing: bytes = field(repr=False)

    @property
    def agency_public(self) -> bytes:
        """What the agency's copy is sealed to."""
        return public_key_of(in_use(self.agency_private))

    @property
    def verifying(self) -> bytes:
        """By which everybody knows what this console signed."""
        return bytes(SigningKey(self.signing).verify_key)


@dataclass(frozen=True)
class Written:
    """Where a message stands in its thread; `again` where it was there already, sent twice."""

    sequence: int
    again: bool


def once_of(key: str) -> bytes:
    """Return the 32 bytes that make a message sent twice one message, for a form's key or a carrier's id."""
    return hashlib.sha256(key.encode()).digest()


def write_with_words(
    conn: Connection, receipt: Receipt, text: str, *, agency_public_key: bytes, once: bytes, seen: int = 0
) -> int | None:
    """Append what a citizen with the words wrote, as the web door; None where no thread has these words.

    It is signed with the words (`evidence.thread.authorship`), as an answer to what they have `seen`.
    Raises `Invalid` (`empty_message`, `too_long`), `Gone` (`thread_ended`), `TooMany` (`thread_full`).
    """
    plaintext = written(receipt, _text(text), seen)
    return _placed(
        conn,
        "SELECT intake_write(%s, %s, %s, %s)",
        [
            receipt.lookup, seal_to(agency_public_key, plaintext),
            seal_to(receipt.public_key, plaintext), once,
        ],
    )  # fmt: skip


def write_by_text(conn: Connection, tip_id: UUID, text: str, *, agency_public_key: bytes, once: bytes) -> int:
    """Append what a citizen texted, as the SMS door.

    Raises `Invalid`, `NotFound` (`unknown_tip`), `Gone` (`thread_ended`), `Conflict` (`no_receipt`),
    `TooMany` (`thread_full`).
    """
    plaintext = _text(text).to_bytes()
    row = conn.execute("SELECT sms_citizen_key(%s)", [tip_id]).fetchone()
    citizen_key = None if row is None else row[0]
    placed = _placed(
        conn,
        "SELECT sms_write(%s, %s, %s, %s)",
        [
            tip_id, seal_to(agency_public_key, plaintext),
            None if citizen_key is None else seal_to(citizen_key, plaintext), once,
        ],
    )  # fmt: skip
    return _required(placed)


def reply(
    conn: Connection, tip_id: UUID, text: str, *, actor: str, keys: StaffKeys, once: bytes, seen: int
) -> Written:
    """Append what a reviewer wrote, as the console: nameless to the citizen, `actor` in the ledger.

    `seen` is the sequence of the last message they had before their eyes. Raises `Invalid`, `NotFound`
    (`unknown_tip`), `Gone` (`thread_ended`), `Conflict` (`no_receipt`, or `thread_moved` where somebody wrote
    meanwhile, or `keys_exchanged` where somebody else could read it), `TooMany` (`thread_full`).
    """
    plaintext = _text(text).to_bytes()
    # Held until the end: the next sequence is part of what is signed.
    held = conn.execute("SELECT citizen_key FROM tip WHERE id = %s FOR NO KEY UPDATE", [tip_id]).fetchone()
    if held is None:
        raise _REFUSALS["TL001"]()
    if held[0] is None:
        raise _REFUSALS["TL005"]()
    known = conn.execute(
        "SELECT sequence FROM message WHERE tip_id = %s AND once = %s", [tip_id, once]
    ).fetchone()
    if known is not None:
        return Written(known[0], again=True)
    sequence = newest_sequence(conn, tip_id) + 1
    if sequence != seen + 1:
        raise Conflict("Somebody wrote while you did; read it, then send yours again.", code="thread_moved")
    _require_own_key(conn, tip_id, keys)
    for_agency, for_citizen = seal_to(keys.agency_public, plaintext), seal_to(held[0], plaintext)
    signature = SigningKey(keys.signing).sign(
        signed_bytes(tip_id, sequence, hashlib.sha256(for_agency).digest(), for_citizen)
    )
    placed = _placed(
        conn,
        "SELECT console_write(%s, %s, %s, %s, %s, %s, %s)",
        [tip_id, sequence, actor, for_agency, for_citizen, signature.signature, once],
    )
    return Written(_required(placed), again=False)


def _text(text: str) -> TipText:
    if not text.strip():
        raise Invalid("Write something first.", code="empty_message")
    return TipText(what=text.strip())


def _require_own_key(conn: Connection, tip_id: UUID, keys: StaffKeys) -> None:
    """Raise `Conflict` where the key in the database is not the one that the tip was opened with."""
    receipt, first = registered(conn, tip_id), first_of_tips(conn, [tip_id])
    opening = open_for_agency(first[0], keys.agency_private) if first else None
    if receipt is None or not keys_hold(opening, receipt):
        raise Conflict(
            "Nothing was sent: the key that answers to this tip are sealed to is not proven to be the"
            " citizen's, so somebody else might read them. Tell whoever runs Tipline.",
            code="keys_exchanged",
        )


def _placed(conn: Connection, statement: LiteralString, values: list[object]) -> int | None:
    with refusals():
        row = conn.execute(statement, values).fetchone()
    placed: int | None = None if row is None else row[0]
    return placed


def _required(sequence: int | None) -> int:
    if sequence is None:
        raise RuntimeError("the thread answered no sequence")
    return sequence


def refusals() -> AbstractContextManager[None]:
    """Translate what the thread's functions refuse."""
    return translated(_REFUSALS)


_REFUSALS: Refusals = {
    "TL001": lambda: NotFound("There is no such tip.", code="unknown_tip"),
    "TL004": lambda: Gone("This tip was withdrawn; nothing more can be written to it.", code="thread_ended"),
    "TL005": lambda: Conflict(
        "Nobody holds a receipt of this tip, so nobody could read a reply.", code="no_receipt"
    ),
    "TL006": lambda: TooMany("This thread holds no more messages.", code="thread_full"),
}
