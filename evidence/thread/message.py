"""Messages of a thread: sealed to the agency, and to the citizen's own key where there is one."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from psycopg.rows import class_row

from evidence import ledger
from evidence.db.connect import Connection
from evidence.errors import Conflict, Invalid
from evidence.seal import PrivateKeys, open_sealed

FIELD_LIMITS = {"what": 10_000, "where": 500, "when": 200, "contact": 500}
# Sealing hides what is written and not how much of it: to whole blocks, "yes" and an address look alike.
PADDED_TO = 512


@dataclass(frozen=True)
class TipText:
    """What a citizen writes when opening a tip. Every field may be empty; none is ever stored in clear."""

    what: str = ""
    where: str = ""
    when: str = ""
    contact: str = ""

    def __post_init__(self) -> None:
        """Raise `Invalid` (`too_long`) where a field is longer than `FIELD_LIMITS`, in characters."""
        for name, limit in FIELD_LIMITS.items():
            if len(getattr(self, name)) > limit:
                raise Invalid(f"The field {name!r} is longer than {limit} characters.", code="too_long")

    @property
    def empty(self) -> bool:
        """Whether nothing was written at all."""
        return not any(asdict(self).values())

    def to_bytes(self, beside: Mapping[str, Any] | None = None) -> bytes:
        """Return the JSON that is sealed, with blanks after it up to whole blocks of `PADDED_TO` bytes.

        `beside` is what else it says, which `from_bytes` leaves to others (`evidence.thread.authorship`).
        """
        # Half of an emoji, cut off by some limit, is no character: it must not cost the whole message.
        written = json.dumps({**asdict(self), **(beside or {})}, ensure_ascii=False).encode(errors="replace")
        return written + b" " * (-len(written) % PADDED_TO)

    @classmethod
    def from_bytes(cls, plaintext: bytes) -> Self:
        """Read what `to_bytes` wrote; raises `Invalid` on anything else."""
        try:
            said = json.loads(plaintext)
            return cls(**{name: value for name, value in said.items() if name != "by"})
        except (ValueError, TypeError, AttributeError):
            raise Invalid("This message is not in a form this version reads.", code="unreadable") from None


@dataclass(frozen=True)
class Message:
    """One sealed message; `sequence` counts from 1 within its tip.

    `author` is `citizen` or `staff`; `read_at` is when the citizen first opened what staff wrote, and
    `signature` the console's on that.
    """

    tip_id: UUID
    sequence: int
    author: str
    sealed_agency: bytes
    sealed_citizen: bytes | None
    at: datetime
    read_at: datetime | None = None
    signature: bytes | None = None


@dataclass(frozen=True)
class Registered:
    """What the database has of a tip's receipt: SHA-256 of its lookup value, and the key to seal to."""

    lookup_sha256: bytes
    citizen_key: bytes


_COLUMNS = "tip_id, sequence, author, sealed_agency, sealed_citizen, at, read_at, signature"


def messages(conn: Connection, tip_id: UUID) -> list[Message]:
    """Return a tip's messages, oldest first."""
    with conn.cursor(row_factory=class_row(Message)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM message WHERE tip_id = %s ORDER BY sequence",
            [tip_id],
        ).fetchall()


def newest_sequence(conn: Connection, tip_id: UUID) -> int:
    """Return the sequence of a thread's last message, 0 where there is none."""
    row = conn.execute(
        "SELECT coalesce(max(sequence), 0) FROM message WHERE tip_id = %s", [tip_id]
    ).fetchone()
    return 0 if row is None else int(row[0])


def registered(conn: Connection, tip_id: UUID) -> Registered | None:
    """Return what there is of a tip's receipt; None where nobody has words to come back and read with."""
    with conn.cursor(row_factory=class_row(Registered)) as cursor:
        return cursor.execute(
            "SELECT receipt_lookup AS lookup_sha256, citizen_key FROM tip"
            " WHERE id = %s AND citizen_key IS NOT NULL",
            [tip_id],
        ).fetchone()


def settle(conn: Connection, tip_id: UUID, *, actor: str, seen: int) -> None:
    """Say, as staff, that what the citizen wrote last, message `seen`, wants no answer.

    Raises `Conflict` (`thread_moved`) where it is answered already, or not the last any more.
    """
    settled = conn.execute(
        "UPDATE tip SET waits = false WHERE id = %(tip)s AND waits"
        " AND %(seen)s = (SELECT max(sequence) FROM message WHERE tip_id = %(tip)s)",
        {"tip": tip_id, "seen": seen},
    )
    if settled.rowcount != 1:
        raise Conflict("Somebody wrote meanwhile; look at the conversation again.", code="thread_moved")
    ledger.append(conn, tip_id, "settled", actor, {"sequence": seen})


def first_of_tips(conn: Connection, tip_ids: Iterable[UUID]) -> list[Message]:
    """Return what opened each of several tips, in one query; a bare upload has no message."""
    with conn.cursor(row_factory=class_row(Message)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM message WHERE tip_id = ANY(%s) AND sequence = 1",
            [list(tip_ids)],
        ).fetchall()


def read_for_agency(message: Message, agency_private_key: PrivateKeys) -> TipText:
    """Open a message with the agency's private key."""
    return TipText.from_bytes(open_sealed(agency_private_key, message.sealed_agency))


def read_for_citizen(sealed_citizen: bytes, citizen_private_key: bytes) -> TipText:
    """Open the citizen's own copy with the key that the receipt's words give."""
    return TipText.from_bytes(open_sealed(citizen_private_key, sealed_citizen))
