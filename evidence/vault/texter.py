"""Somebody who texts: known by the mark of a number, shown as a handle that was drawn, forgotten in time."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.vault.keys import VaultKeys, key_id

# No vowels, so that no word comes up; nothing that looks like something else.
LETTERS = "23456789CDFGHJKMNPQRTVWX"
_HANDLE_LETTERS, _LONGEST_HANDLE = 4, 8
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Texter:
    """Somebody who texts; `stopped` after STOP, until START."""

    id: UUID
    handle: str
    language: str
    stopped: bool

    @property
    def name(self) -> str:
        """What staff call them."""
        return f"Tipster {self.handle}"


# After a key that was lost and found there may be two, of whom the later one is meant.
_KNOWN_AS: LiteralString = (
    "(SELECT id FROM texter WHERE mark = ANY(%(marks)s) ORDER BY array_position(%(marks)s, mark) LIMIT 1)"
)
_FOUND: LiteralString = "id, handle, language, stopped_at IS NOT NULL AS stopped"


def recognise(conn: Connection, keys: VaultKeys, number: str, *, language: str, lives: timedelta) -> Texter:
    """Return who has this number, somebody new if need be, held until the transaction ends.

    Their number is kept from now on for as long as it `lives`, unless they said STOP.
    """
    with conn.cursor(row_factory=class_row(Texter)) as cursor:
        # Whoever an earlier key knew, this one knows from now on.
        known = cursor.execute(
            "UPDATE texter SET expires_at = clock_timestamp() + %(lives)s,"
            " mark = %(mark)s, marked_by = %(by)s,"
            " sealed = CASE WHEN stopped_at IS NULL THEN %(sealed)s::bytea END"
            f" WHERE id = {_KNOWN_AS} RETURNING {_FOUND}",
            {
                "lives": lives,
                "sealed": keys.seal(number),
                "mark": keys.mark(number),
                "marks": keys.marks(number),
                "by": key_id(keys.marking),
            },
        ).fetchone()
    return known or _new(conn, keys, number, language, lives)


def _new(conn: Connection, keys: VaultKeys, number: str, language: str, lives: timedelta) -> Texter:
    """Draw handles until one is free; whoever else noted the same number meanwhile is found instead."""
    for length in range(_HANDLE_LETTERS, _LONGEST_HANDLE + 1):
        handle = "".join(secrets.choice(LETTERS) for _ in range(length))
        try:
            with conn.transaction(), conn.cursor(row_factory=class_row(Texter)) as cursor:
                made = cursor.execute(
                    "INSERT INTO texter (handle, mark, marked_by, sealed, language, expires_at)"
                    " VALUES (%s, %s, %s, %s, %s, clock_timestamp() + %s)"
                    f" ON CONFLICT (mark) DO UPDATE SET mark = excluded.mark RETURNING {_FOUND}",
                    [handle, keys.mark(number), key_id(keys.marking), keys.seal(number), language, lives],
                ).fetchone()
        except UniqueViolation:
            continue
        if made:
            return made
    raise RuntimeError("no handle is free")


def hold(conn: Connection, texter_id: UUID) -> Texter:
    """Return somebody by id, held until the transaction ends."""
    with conn.cursor(row_factory=class_row(Texter)) as cursor:
        texter = cursor.execute(
            f"SELECT {_FOUND} FROM texter WHERE id = %s FOR NO KEY UPDATE", [texter_id]
        ).fetchone()
    if texter is None:
        raise RuntimeError("there is no such texter")
    return texter


def number_of(conn: Connection, keys: VaultKeys, texter_id: UUID) -> str | None:
    """Return the number; None after STOP, and once its time is over.

    After STOP of whoever the number is known as now, too: there may be two after a key was lost.
    """
    row = conn.execute("SELECT sealed FROM texter WHERE id = %s", [texter_id]).fetchone()
    if row is None or row[0] is None:
        return None
    number = keys.open(row[0])
    said_stop = conn.execute(
        f"SELECT stopped_at IS NOT NULL FROM texter WHERE id = {_KNOWN_AS}",
        {"marks": keys.marks(number)},
    ).fetchone()
    return None if said_stop and said_stop[0] else number


def stop(conn: Connection, texter_id: UUID, at: datetime | None = None) -> None:
    """Destroy the number. Its mark stays, so that it is remembered who wants no texts, and since when.

    `at` is when they said so, now if it is not given.
    """
    conn.execute(
        "UPDATE texter SET sealed = NULL,"
        " stopped_at = greatest(stopped_at, coalesce(%s::timestamptz, clock_timestamp())) WHERE id = %s",
        [at, texter_id],
    )


def start(
    conn: Connection, keys: VaultKeys, texter_id: UUID, number: str, at: datetime | None = None
) -> bool:
    """Keep the number again: its owner asks to be texted. False where they said STOP later than `at`."""
    return (
        conn.execute(
            "UPDATE texter SET stopped_at = NULL, sealed = %s WHERE id = %s"
            " AND (stopped_at < coalesce(%s::timestamptz, 'infinity')) IS NOT FALSE",
            [keys.seal(number), texter_id, at],
        ).rowcount
        == 1
    )


def expire(conn: Connection) -> int:
    """Destroy the numbers whose time is over, and how they were known; return how many.

    Whoever said STOP is remembered.
    """
    return conn.execute(
        "UPDATE texter SET sealed = NULL, mark = NULL"
        " WHERE mark IS NOT NULL AND stopped_at IS NULL AND expires_at < clock_timestamp()"
    ).rowcount


def reply_once_an_hour(conn: Connection, texter_id: UUID) -> bool:
    """Whether an automatic reply may go out now; if so, the next may in an hour."""
    return _once_an_hour(
        conn,
        "UPDATE texter SET replied_at = clock_timestamp() WHERE id = %s"
        " AND (replied_at IS NULL OR replied_at <= clock_timestamp() - %s)",
        texter_id,
    )


def next_reply(conn: Connection, texter_id: UUID) -> datetime:
    """Take the next hour's answer, this one's if there was none yet; return when it may go out (aware)."""
    row = conn.execute(
        "UPDATE texter SET replied_at = greatest(clock_timestamp(), replied_at + %s) WHERE id = %s"
        " RETURNING replied_at",
        [_HOUR, texter_id],
    ).fetchone()
    if row is None:
        raise RuntimeError("there is no such texter")
    at: datetime = row[0]
    return at


def confirm_once_an_hour(conn: Connection, texter_id: UUID) -> bool:
    """The same of the one confirmation that follows STOP."""
    return _once_an_hour(
        conn,
        "UPDATE texter SET confirmed_at = clock_timestamp() WHERE id = %s"
        " AND (confirmed_at IS NULL OR confirmed_at <= clock_timestamp() - %s)",
        texter_id,
    )


def help_once_an_hour(conn: Connection, texter_id: UUID) -> bool:
    """The same of the answer to HELP."""
    return _once_an_hour(
        conn,
        "UPDATE texter SET helped_at = clock_timestamp() WHERE id = %s"
        " AND (helped_at IS NULL OR helped_at <= clock_timestamp() - %s)",
        texter_id,
    )


def _once_an_hour(conn: Connection, statement: LiteralString, texter_id: UUID) -> bool:
    return conn.execute(statement, [texter_id, _HOUR]).rowcount == 1
