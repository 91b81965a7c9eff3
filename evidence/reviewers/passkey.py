"""Passkeys: public keys of authenticators, and the challenges they answer (W3C WebAuthn level 3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from evidence import ledger
from evidence.db.connect import Connection
from evidence.errors import Conflict, Forbidden, Gone, TooMany
from evidence.reviewers.reviewer import Reviewer
from evidence.reviewers.token import new_token, token_sha256

CHALLENGE_LIVES = timedelta(minutes=5)
# The CJIS policy's limit for any authenticator.
MOST_REFUSALS = 5
REFUSALS_COUNT_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Passkey:
    """One authenticator of one reviewer; `sign_count` is 0 for ever where it keeps no counter."""

    credential_id: bytes
    reviewer_id: UUID
    public_key: bytes
    sign_count: int
    label: str
    created_at: datetime
    used_at: datetime | None
    refusals: int
    refused_at: datetime | None

    def require_unlocked(self, now: datetime) -> None:
        """Raise `TooMany` for a while after `MOST_REFUSALS` answers that did not hold."""
        recent = self.refused_at is not None and self.refused_at > now - REFUSALS_COUNT_FOR
        if recent and self.refusals >= MOST_REFUSALS:
            raise TooMany(
                "This passkey was refused five times. Wait 15 minutes, or use a sign-in link.",
                code="passkey_locked",
            )


_COLUMNS = (
    "credential_id, reviewer_id, public_key, sign_count, label, created_at, used_at, refusals, refused_at"
)


def find(conn: Connection, credential_id: bytes) -> Passkey | None:
    """Return a passkey by its credential id, or None."""
    with conn.cursor(row_factory=class_row(Passkey)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM passkey WHERE credential_id = %s",
            [credential_id],
        ).fetchone()


def of_reviewer(conn: Connection, reviewer_id: UUID) -> list[Passkey]:
    """Return a reviewer's passkeys, oldest first."""
    with conn.cursor(row_factory=class_row(Passkey)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM passkey WHERE reviewer_id = %s ORDER BY created_at",
            [reviewer_id],
        ).fetchall()


def add(
    conn: Connection, reviewer: Reviewer, credential_id: bytes, public_key: bytes, sign_count: int, label: str
) -> None:
    """Keep a new passkey. Raises `Conflict` where this authenticator is registered already."""
    try:
        with conn.transaction():
            conn.execute(
                "INSERT INTO passkey (credential_id, reviewer_id, public_key, sign_count, label)"
                " VALUES (%s, %s, %s, %s, %s)",
                [credential_id, reviewer.id, public_key, sign_count, label],
            )
    except UniqueViolation:
        raise Conflict("This passkey is registered already.", code="passkey_known") from None
    ledger.append(conn, reviewer.id, "passkey_added", reviewer.actor, {"credential": credential_id.hex()})


def remove(conn: Connection, reviewer: Reviewer, credential_id: bytes) -> None:
    """Forget one of a reviewer's own passkeys. Raises `Gone` where it is not there."""
    removed = conn.execute(
        "DELETE FROM passkey WHERE credential_id = %s AND reviewer_id = %s RETURNING 1",
        [credential_id, reviewer.id],
    ).fetchone()
    if removed is None:
        raise Gone("This passkey was removed already.", code="passkey_gone")
    ledger.append(conn, reviewer.id, "passkey_removed", reviewer.actor, {"credential": credential_id.hex()})


def note_use(conn: Connection, passkey: Passkey, sign_count: int) -> None:
    """Remember the authenticator's counter. Raises `Forbidden` where another sign-in moved it meanwhile."""
    moved = conn.execute(
        "UPDATE passkey SET sign_count = %s, used_at = clock_timestamp(), refusals = 0"
        " WHERE credential_id = %s AND sign_count = %s RETURNING 1",
        [sign_count, passkey.credential_id, passkey.sign_count],
    ).fetchone()
    if moved is None:
        raise Forbidden("This passkey was used a moment ago elsewhere. Try again.", code="passkey_raced")


def note_refusal(conn: Connection, passkey: Passkey) -> None:
    """Count an answer that did not hold, and have the ledger know of it."""
    conn.execute(
        "UPDATE passkey SET refused_at = clock_timestamp(), refusals ="
        " CASE WHEN refused_at > clock_timestamp() - %s THEN refusals + 1 ELSE 1 END"
        " WHERE credential_id = %s",
        [REFUSALS_COUNT_FOR, passkey.credential_id],
    )
    actor = f"reviewer:{passkey.reviewer_id}"
    details = {"credential": passkey.credential_id.hex()}
    ledger.append(conn, passkey.reviewer_id, "signin_refused", actor, details)


def pose_challenge(conn: Connection, challenge: bytes, reviewer_id: UUID | None) -> str:
    """Keep a challenge and return the token its browser must bring back; old challenges are swept away."""
    token = new_token()
    conn.execute("DELETE FROM passkey_challenge WHERE expires_at < clock_timestamp()")
    conn.execute(
        "INSERT INTO passkey_challenge (token_sha256, challenge, reviewer_id, expires_at)"
        " VALUES (%s, %s, %s, clock_timestamp() + %s)",
        [token_sha256(token), challenge, reviewer_id, CHALLENGE_LIVES],
    )
    return token


def take_challenge(conn: Connection, token: str, reviewer_id: UUID | None) -> bytes:
    """Return the challenge posed for `token` and forget it: each is answered once.

    Raises `Gone` where it is unknown, answered, too old, or was posed to somebody else.
    """
    row = conn.execute(
        "DELETE FROM passkey_challenge WHERE token_sha256 = %s AND expires_at > clock_timestamp()"
        " AND reviewer_id IS NOT DISTINCT FROM %s RETURNING challenge",
        [token_sha256(token), reviewer_id],
    ).fetchone()
    if row is None:
        raise Gone("That took too long. Try again.", code="challenge_gone")
    challenge: bytes = row[0]
    return challenge
