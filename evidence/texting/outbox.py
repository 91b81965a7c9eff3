"""What staff write to somebody who texts: one more copy, for the SMS door, that is gone once it is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.seal import seal_to

TextState = Literal["queued", "sent", "delivered", "failed", "stopped"]


@dataclass(frozen=True)
class Progress:
    """How far a staff message is on its way by text.

    `stopped`: whoever it is for wants no texts; it waits under the receipt. `reason` says why it waits, or
    why it failed: a code of ours, or the carrier's.
    """

    sequence: int
    state: TextState
    reason: str | None
    at: datetime


def send(conn: Connection, tip_id: UUID, sequence: int, text: str, *, door_key: bytes) -> bool:
    """Send message `sequence` of a tip by text too, as the console, in the caller's transaction.

    `door_key` is the SMS door's public key. False where nobody texts about this tip: nothing is done then.
    """
    row = conn.execute(
        "SELECT console_text(%s, %s, %s)", [tip_id, sequence, seal_to(door_key, text.strip().encode())]
    ).fetchone()
    return bool(row and row[0])


def progress(conn: Connection, tip_id: UUID) -> dict[int, Progress]:
    """Return how far each of a tip's staff messages is, by sequence, as far as it was texted."""
    with conn.cursor(row_factory=class_row(Progress)) as cursor:
        found = cursor.execute(
            "SELECT sequence, CASE state WHEN 'sending' THEN 'queued' ELSE state END AS state, reason, at"
            " FROM text_out WHERE tip_id = %s AND kind = 'staff' ORDER BY sequence",
            [tip_id],
        ).fetchall()
    return {message.sequence: message for message in found}


def handle_of(conn: Connection, tip_id: UUID) -> str | None:
    """Return what staff call whoever texts about a tip, such as `Tipster 4F7K`; None where nobody does."""
    row = conn.execute(
        "SELECT handle FROM texter JOIN texted_tip ON texter_id = id WHERE tip_id = %s", [tip_id]
    ).fetchone()
    return None if row is None else f"Tipster {row[0]}"
