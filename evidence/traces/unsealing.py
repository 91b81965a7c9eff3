"""Unsealing: to see what an original tells takes two people. One asks, with a reason; another answers.

That they are two, that an answer stands and that nobody reads without both a yes and an entry is held by the
database (`*_traces.sql`); what is here says so in sentences.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from psycopg.rows import class_row

from evidence import ledger
from evidence.db.connect import Connection
from evidence.errors import Conflict, Forbidden, Invalid, NotFound
from evidence.media import get as get_media
from evidence.reviewers.reviewer import Reviewer
from evidence.seal import PrivateKeys, open_sealed

UnsealingState = Literal["asked", "granted", "declined"]
SHORTEST_REASON, LONGEST_REASON = 10, 2000


@dataclass(frozen=True)
class Unsealing:
    """One request to see what a media's original tells, and its answer where there is one."""

    id: UUID
    media_id: UUID
    tip_id: UUID
    asked_by: UUID
    asker: str
    asked_at: datetime
    reason: str
    state: UnsealingState
    decider: str | None
    decided_at: datetime | None
    open_until: datetime | None

    def is_open(self, now: datetime | None = None) -> bool:
        """Whether its asker may look now."""
        return self.open_until is not None and (now or datetime.now(UTC)) < self.open_until


@dataclass(frozen=True)
class Value:
    """One thing an original tells: of what kind, where in the file, and what it says."""

    kind: str
    place: str
    value: str


_SELECT = """
    SELECT u.id, u.media_id, m.tip_id, u.asked_by, a.name AS asker, u.asked_at, u.reason, u.state,
           d.name AS decider, u.decided_at, u.open_until
    FROM unsealing u JOIN media m ON m.id = u.media_id JOIN reviewer a ON a.id = u.asked_by
    LEFT JOIN reviewer d ON d.id = u.decided_by
"""


def ask(conn: Connection, media_id: UUID, reason: str, by: Reviewer) -> None:
    """Ask to see what a media's original tells; the reason enters the ledger as a commitment.

    Raises `Invalid` (`bad_reason`), `NotFound`, `Conflict` where nothing was found in it or where the same
    person waits for an answer already.
    """
    reason = reason.strip()
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise Invalid(
            f"Say why in {SHORTEST_REASON} to {LONGEST_REASON} characters: a second person decides by it.",
            code="bad_reason",
        )
    media = get_media(conn, media_id)
    told = conn.execute("SELECT cardinality(kinds) > 0 FROM trace WHERE media_id = %s", [media_id]).fetchone()
    if told is None or not told[0]:
        raise Conflict("Nothing was found in this file that could be shown.", code="nothing_found")
    salt = secrets.token_bytes(32)
    row = conn.execute(
        "INSERT INTO unsealing (media_id, asked_by, reason, salt) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING id",
        [media_id, by.id, reason, salt],
    ).fetchone()
    if row is None:
        raise Conflict("You asked already, and wait for an answer.", code="already_asked")
    details = {
        "media": str(media_id), "unsealing": str(row[0]),
        "reason_commitment": ledger.commitment(salt, reason),
    }  # fmt: skip
    ledger.append(conn, media.tip_id, "unseal_asked", by.actor, details)


def grant(conn: Connection, unsealing_id: UUID, by: Reviewer) -> Unsealing:
    """Let the asker look for an hour. Raises as `decline` does."""
    answered = _answer(conn, unsealing_id, by, "granted")
    details = {
        "media": str(answered.media_id), "unsealing": str(unsealing_id),
        "open_until": answered.open_until.isoformat() if answered.open_until else "",
    }  # fmt: skip
    ledger.append(conn, answered.tip_id, "unseal_granted", by.actor, details)
    return answered


def decline(conn: Connection, unsealing_id: UUID, by: Reviewer) -> Unsealing:
    """Say no. Raises `NotFound`, `Forbidden` (`own_request`), `Conflict` where it was answered already."""
    answered = _answer(conn, unsealing_id, by, "declined")
    details = {"media": str(answered.media_id), "unsealing": str(unsealing_id)}
    ledger.append(conn, answered.tip_id, "unseal_declined", by.actor, details)
    return answered


def look(conn: Connection, unsealing_id: UUID, by: Reviewer, agency_private_key: PrivateKeys) -> list[Value]:
    """Return what the original tells, to whoever asked, while the yes is good; each look is an entry.

    Raises `NotFound`, `Forbidden` (`not_granted`), `Invalid` where it was sealed to another key.
    """
    get(conn, unsealing_id)
    row = conn.execute("SELECT unseal(%s, %s)", [unsealing_id, by.id]).fetchone()
    if row is None or row[0] is None:
        raise Forbidden(
            "This is open to whoever asked, for an hour after a second person agreed. Ask again.",
            code="not_granted",
        )
    raw = json.loads(open_sealed(agency_private_key, row[0]))
    return [Value(str(one["kind"]), str(one["place"]), str(one["value"])) for one in raw]


def get(conn: Connection, unsealing_id: UUID) -> Unsealing:
    """Return one request. Raises `NotFound`."""
    with conn.cursor(row_factory=class_row(Unsealing)) as cursor:
        found = cursor.execute(f"{_SELECT} WHERE u.id = %s", [unsealing_id]).fetchone()
    if found is None:
        raise NotFound("There is no such request.", code="unknown_unsealing")
    return found


def of_tip(conn: Connection, tip_id: UUID) -> list[Unsealing]:
    """Return all requests about a tip's media, newest first."""
    with conn.cursor(row_factory=class_row(Unsealing)) as cursor:
        return cursor.execute(f"{_SELECT} WHERE m.tip_id = %s ORDER BY u.asked_at DESC", [tip_id]).fetchall()


def waiting(conn: Connection) -> list[Unsealing]:
    """Return the requests that wait for an answer, oldest first."""
    with conn.cursor(row_factory=class_row(Unsealing)) as cursor:
        return cursor.execute(f"{_SELECT} WHERE u.state = 'asked' ORDER BY u.asked_at LIMIT 200").fetchall()


def reasons_by_commitment(conn: Connection, tip_id: UUID) -> Mapping[str, str]:
    """Return a tip's reasons by the commitment the ledger holds to each; an altered one is found by none."""
    rows = conn.execute(
        "SELECT u.salt, u.reason FROM unsealing u JOIN media m ON m.id = u.media_id WHERE m.tip_id = %s",
        [tip_id],
    ).fetchall()
    return {ledger.commitment(salt, reason): reason for salt, reason in rows}


def _answer(
    conn: Connection, unsealing_id: UUID, by: Reviewer, state: Literal["granted", "declined"]
) -> Unsealing:
    asked = get(conn, unsealing_id)
    if asked.asked_by == by.id:
        raise Forbidden("You asked for this yourself; somebody else has to answer.", code="own_request")
    answered = conn.execute(
        "UPDATE unsealing SET state = %(state)s, decided_by = %(by)s, decided_at = now(),"
        " open_until = CASE %(state)s WHEN 'granted' THEN now() + interval '1 hour' END"
        " WHERE id = %(id)s AND state = 'asked'",
        {"state": state, "by": by.id, "id": unsealing_id},
    )
    if answered.rowcount != 1:
        who = get(conn, unsealing_id).decider or "A colleague"
        raise Conflict(f"{who} answered already; nothing was changed.", code="already_answered")
    return get(conn, unsealing_id)
