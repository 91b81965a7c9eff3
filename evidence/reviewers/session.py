"""Sessions of signed-in reviewers, kept on the server.

A session ends 30 minutes after the last thing its reviewer did, and 12 hours after it began, whatever
they do: NIST SP 800-63B's limits for AAL2, and the CJIS policy's session lock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from evidence import ledger
from evidence.db.connect import Connection
from evidence.reviewers.reviewer import Reviewer
from evidence.reviewers.roles import Role
from evidence.reviewers.token import new_token, token_sha256

Method = Literal["link", "passkey"]


@dataclass(frozen=True)
class Session:
    """Somebody signed in; `key` is the token's SHA-256, the session's name in the database."""

    key: bytes
    reviewer: Reviewer
    method: Method
    created_at: datetime
    ends_at: datetime


def begin(conn: Connection, reviewer: Reviewer, method: Method, *, longest: timedelta) -> str:
    """Sign a reviewer in and return the session's token; sessions long over are swept away."""
    token = new_token()
    conn.execute("DELETE FROM console_session WHERE ends_at < clock_timestamp()")
    conn.execute(
        "INSERT INTO console_session (token_sha256, reviewer_id, method, ends_at)"
        " VALUES (%s, %s, %s, clock_timestamp() + %s)",
        [token_sha256(token), reviewer.id, method, longest],
    )
    ledger.append(conn, reviewer.id, "signed_in", reviewer.actor, {"method": method})
    return token


def resume(conn: Connection, token: str, *, idle: timedelta) -> Session | None:
    """Return the live session of a token and note that its reviewer did something just now."""
    alive = conn.execute(
        "UPDATE console_session SET seen_at = clock_timestamp()"
        " WHERE token_sha256 = %s AND ends_at > clock_timestamp() AND seen_at > clock_timestamp() - %s"
        " RETURNING token_sha256",
        [token_sha256(token), idle],
    ).fetchone()
    return peek(conn, token, idle=idle) if alive else None


def peek(conn: Connection, token: str, *, idle: timedelta) -> Session | None:
    """Return the live session of a token without prolonging it: for what a page does by itself."""
    row = conn.execute(
        "SELECT s.token_sha256, s.method, s.created_at, s.ends_at, r.id, r.name, r.role, r.active"
        " FROM console_session s JOIN reviewer r ON r.id = s.reviewer_id"
        " WHERE s.token_sha256 = %s AND s.ends_at > clock_timestamp()"
        " AND s.seen_at > clock_timestamp() - %s AND r.active",
        [token_sha256(token), idle],
    ).fetchone()
    if row is None:
        return None
    key, method, created_at, ends_at, reviewer_id, name, role, active = row
    reviewer = Reviewer(id=reviewer_id, name=name, role=Role(role), active=active)
    return Session(key=key, reviewer=reviewer, method=method, created_at=created_at, ends_at=ends_at)


def end(conn: Connection, session: Session) -> None:
    """Sign out; doing so twice does no harm."""
    ended = conn.execute(
        "DELETE FROM console_session WHERE token_sha256 = %s RETURNING reviewer_id", [session.key]
    ).fetchone()
    if ended:
        reviewer_id: UUID = ended[0]
        ledger.append(conn, reviewer_id, "signed_out", session.reviewer.actor, {})
