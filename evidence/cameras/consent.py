"""An owner's written consent: versioned, for a time and hours, and revocable, which ends what runs by it."""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal
from uuid import UUID
from zoneinfo import available_timezones

import psycopg
from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.errors import Conflict, Invalid, NotFound

ConsentState = Literal["given", "revoked", "expired"]
TOKEN_BYTES = 32


@dataclass(frozen=True)
class Terms:
    """What an owner allows: `document_sha256` (32 bytes) is of the paper that they signed.

    `daily` are hours by the clock of `zone`, None for the whole day; past midnight where they end before
    they begin.
    """

    document_sha256: bytes
    scope: str
    valid_from: datetime
    valid_until: datetime
    zone: str = "UTC"
    daily: tuple[time, time] | None = None

    def __post_init__(self) -> None:
        """Raise `Invalid` (`bad_consent`) for what no consent can say."""
        if len(self.document_sha256) != 32:
            raise Invalid("The document's SHA-256 has 32 bytes.", code="bad_consent")
        if not 1 <= len(self.scope.strip()) <= 2000:
            raise Invalid("Say in 1 to 2000 characters what the consent is for.", code="bad_consent")
        if self.valid_from.tzinfo is None or self.valid_until.tzinfo is None:
            raise Invalid("Say the time zone of the consent's beginning and end.", code="bad_consent")
        if self.valid_from >= self.valid_until:
            raise Invalid("A consent must end after it begins.", code="bad_consent")
        if self.zone not in available_timezones():
            raise Invalid(f"{self.zone!r} is no time zone such as America/Chicago.", code="bad_consent")


@dataclass(frozen=True)
class Consent:
    """A consent as it is recorded."""

    id: UUID
    camera_id: UUID
    version: int
    document_sha256: bytes
    scope: str
    valid_from: datetime
    valid_until: datetime
    daily_from: time | None
    daily_until: time | None
    zone: str
    state: ConsentState
    recorded_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Grant:
    """What a relay shows to send a camera's stream (32 bytes), shown once and never stored; good `until`."""

    token: bytes = field(repr=False)
    until: datetime


_COLUMNS = (
    "id, camera_id, version, document_sha256, scope, valid_from, valid_until, daily_from, daily_until, zone,"
    " state, recorded_at, ended_at"
)


def give(conn: Connection, camera_id: UUID, terms: Terms, *, actor: str) -> Consent:
    """Record a consent in the caller's transaction, as the camera's next version.

    Raises `NotFound` (`unknown_camera`).
    """
    daily_from, daily_until = terms.daily or (None, None)
    try:
        with conn.cursor(row_factory=class_row(Consent)) as cursor:
            given = cursor.execute(
                f"SELECT {_COLUMNS} FROM consent_give(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    camera_id, terms.document_sha256, terms.scope.strip(), terms.valid_from,
                    terms.valid_until, daily_from, daily_until, terms.zone, actor,
                ],
            ).fetchone()  # fmt: skip
    except psycopg.Error as error:
        if error.sqlstate != "TL027":
            raise
        raise NotFound("There is no such camera.", code="unknown_camera") from None
    if given is None:
        raise RuntimeError("consent_give answered no row")
    return given


def revoke(conn: Connection, consent_id: UUID, *, actor: str) -> None:
    """End a consent in the caller's transaction: its grants go, and what runs by it is closed.

    Raises `Conflict` (`consent_over`) where it is not given, or there is none.
    """
    row = conn.execute("SELECT consent_revoke(%s, %s)", [consent_id, actor]).fetchone()
    if not (row and row[0]):
        raise Conflict("This consent is over already, or there is none.", code="consent_over")


def grant(conn: Connection, consent_id: UUID, *, until: datetime, actor: str) -> Grant:
    """Let whoever holds the answered token send the camera's stream; never longer than the consent lasts.

    Raises `Conflict` (`consent_over`).
    """
    token = secrets.token_bytes(TOKEN_BYTES)
    try:
        row = conn.execute(
            "SELECT relay_grant_issue(%s, %s, %s, %s)",
            [consent_id, hashlib.sha256(token).digest(), until, actor],
        ).fetchone()
    except psycopg.Error as error:
        if error.sqlstate != "TL022":
            raise
        raise Conflict("This consent is over already, or there is none.", code="consent_over") from None
    if row is None:
        raise RuntimeError("relay_grant_issue answered no row")
    return Grant(token, row[0])


def consents(conn: Connection, camera_id: UUID) -> list[Consent]:
    """Return a camera's consents, the newest first."""
    with conn.cursor(row_factory=class_row(Consent)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM consent WHERE camera_id = %s ORDER BY version DESC", [camera_id]
        ).fetchall()
