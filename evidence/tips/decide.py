"""Decisions about a tip: close, and take it back. Conditional updates, so that colleagues never collide."""

import secrets
from collections.abc import Mapping
from typing import Literal, get_args
from uuid import UUID

from evidence import ledger
from evidence.db.connect import Connection
from evidence.errors import Conflict, Invalid
from evidence.reviewers.reviewer import names_of_actors
from evidence.tips.ending import purge_of
from evidence.tips.tip import TipState, get

CloseReason = Literal["not_relevant", "no_crime", "duplicate", "spam", "resolved", "other"]
CLOSE_REASONS: tuple[CloseReason, ...] = get_args(CloseReason)
NOTE_LIMIT = 2_000

_DECISIONS = ("closed", "attached", "reopened", "detached")
_DONE_ALREADY: Mapping[TipState, str] = {
    "new": "{} took another decision a moment ago; look at this tip again.",
    "closed": "{} closed this tip already; nothing was changed.",
    "attached": "{} attached this tip to a case already; nothing was changed.",
    "withdrawn": "The citizen withdrew this tip; nothing was changed.",
    "purged": "This tip's time is over and it is deleted; nothing was changed.",
}


def close(conn: Connection, tip_id: UUID, reason: str, note: str, actor: str) -> None:
    """Close a new tip with a reason and, optionally, a note.

    Raises `Invalid` (`close_reason`, `too_long`), `NotFound` (`unknown_tip`), or `Conflict` (`tip_state`)
    where the tip is not new any more: a colleague was faster, or it belongs to a case.
    """
    if reason not in CLOSE_REASONS:
        raise Invalid("Choose one of the reasons offered.", code="close_reason")
    if len(note) > NOTE_LIMIT:
        raise Invalid(f"The note is longer than {NOTE_LIMIT} characters.", code="too_long")
    closed = conn.execute(
        "UPDATE tip SET state = 'closed', closed_reason = %s WHERE id = %s AND state = 'new'",
        [reason, tip_id],
    )
    if closed.rowcount != 1:
        state = get(conn, tip_id).state
        raise Conflict(_DONE_ALREADY[state].format(_last_to_decide(conn, tip_id)), code="tip_state")
    _must_not_end(conn, tip_id)
    details: dict[str, str] = {"reason": reason}
    if note.strip():
        details["note_commitment"] = _keep_note(conn, tip_id, note.strip(), actor)
    ledger.append(conn, tip_id, "closed", actor, details)


def reopen(conn: Connection, tip_id: UUID, actor: str) -> None:
    """Make a closed tip new again; raises `NotFound` or `Conflict` (`tip_state`) where it is not closed."""
    reopened = conn.execute(
        "UPDATE tip SET state = 'new', closed_reason = NULL WHERE id = %s AND state = 'closed'", [tip_id]
    )
    if reopened.rowcount != 1:
        state = get(conn, tip_id).state
        raise Conflict(f"This tip is {state}, not closed; nothing was changed.", code="tip_state")
    _must_not_end(conn, tip_id)
    ledger.append(conn, tip_id, "reopened", actor, {})


def _must_not_end(conn: Connection, tip_id: UUID) -> None:
    """Raise `Conflict` where the deletion clock was faster; the tip's row is held by whoever decides."""
    if purge_of(conn, tip_id):
        raise Conflict(_DONE_ALREADY["purged"], code="tip_state")


def _last_to_decide(conn: Connection, tip_id: UUID) -> str:
    """Name the colleague who was faster."""
    deciders = [entry.actor for entry in ledger.history(conn, tip_id) if entry.kind in _DECISIONS]
    names = names_of_actors(conn, deciders[-1:])
    return names.get(deciders[-1], "A colleague") if deciders else "A colleague"


def _keep_note(conn: Connection, tip_id: UUID, text: str, actor: str) -> str:
    salt = secrets.token_bytes(32)
    conn.execute(
        "INSERT INTO tip_note (tip_id, author, text, salt) VALUES (%s, %s, %s, %s)",
        [tip_id, actor, text, salt],
    )
    return ledger.commitment(salt, text)
