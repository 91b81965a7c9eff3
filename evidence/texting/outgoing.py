"""Texts on their way out, as the SMS door works on them: claimed, handed over, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.seal import seal_to

Kind = Literal["receipt", "link", "stopped", "started", "help", "staff"]
OutState = Literal["queued", "sending", "sent", "delivered", "failed", "stopped"]
# Whoever claimed a text and said nothing for so long is dead, or its carrier's answer was lost.
ABANDONED = timedelta(seconds=90)


@dataclass(frozen=True)
class Outgoing:
    """One text that this process works on now; `again` where it was tried before, and may have gone out."""

    id: UUID
    texter_id: UUID
    kind: Kind
    sealed: bytes = field(repr=False)
    mills: int | None
    attempts: int
    at: datetime
    again: bool


def queue(
    conn: Connection,
    texter_id: UUID,
    tip_id: UUID | None,
    kind: Kind,
    plaintext: bytes,
    door_key: bytes,
    *,
    at: datetime | None = None,
) -> None:
    """Queue an automatic answer in the caller's transaction, sealed to the door's own key until sent.

    It goes out now, or `at` a later moment.
    """
    row = conn.execute(
        "INSERT INTO text_out (texter_id, tip_id, kind, sealed, due_at)"
        " VALUES (%s, %s, %s, %s, coalesce(%s, clock_timestamp())) RETURNING id",
        [texter_id, tip_id, kind, seal_to(door_key, plaintext), at],
    ).fetchone()
    if row is None:
        raise RuntimeError("no row was inserted")
    enqueue(conn, row[0])


def enqueue(conn: Connection, out_id: UUID) -> None:
    """Ask for a text to be sent once this transaction commits; one waiting job is enough."""
    conn.execute("SELECT enqueue_text('send', %s, NULL)", [str(out_id)])


def claim(conn: Connection, out_id: UUID) -> Outgoing | None:
    """Take a text whose turn it is; None where somebody else has it, or it is done."""
    with conn.cursor(row_factory=class_row(Outgoing)) as cursor:
        return cursor.execute(
            "WITH old AS (SELECT id, tried_at, state FROM text_out WHERE id = %s FOR UPDATE)"
            " UPDATE text_out o SET state = 'sending', attempts = attempts + 1, tried_at = clock_timestamp()"
            " FROM old WHERE o.id = old.id AND o.due_at <= clock_timestamp() AND ("
            "  old.state = 'queued' OR old.state = 'sending' AND old.tried_at < clock_timestamp() - %s)"
            " RETURNING o.id, o.texter_id, o.kind, o.sealed, o.mills, o.attempts, o.at,"
            " old.tried_at IS NOT NULL AS again",
            [out_id, ABANDONED],
        ).fetchone()


def due(conn: Connection) -> list[UUID]:
    """Return the texts whose turn it is, and those that somebody claimed and left."""
    rows = conn.execute(
        "SELECT id FROM text_out WHERE state IN ('queued', 'sending') AND due_at <= clock_timestamp()"
        " AND (state = 'queued' OR tried_at < clock_timestamp() - %s) ORDER BY due_at LIMIT 500",
        [ABANDONED],
    )
    return [out_id for (out_id,) in rows]


def put_off(conn: Connection, out_id: UUID, until: datetime, reason: str) -> None:
    """Let a claimed text wait; `reason` is what staff see meanwhile."""
    _tell(
        conn,
        "UPDATE text_out SET state = 'queued', due_at = %(until)s, reason = %(reason)s"
        " WHERE id = %(id)s AND state = 'sending'",
        {"id": out_id, "until": until, "reason": reason},
    )


def taken(conn: Connection, out_id: UUID, sid: str) -> None:
    """The carrier has a text: its words are destroyed here. One that STOP overtook is still known there."""
    _tell(
        conn,
        "UPDATE text_out SET state = CASE state WHEN 'stopped' THEN state ELSE 'sent' END, sealed = NULL,"
        " sid = %(sid)s, reason = NULL"
        " WHERE id = %(id)s AND state IN ('queued', 'sending', 'stopped') AND sid IS NULL",
        {"id": out_id, "sid": sid},
    )


def ended(conn: Connection, out_id: UUID, state: OutState, reason: str) -> None:
    """A text will never go out: its words are destroyed."""
    _tell(
        conn,
        "UPDATE text_out SET state = %(state)s, sealed = NULL, reason = %(reason)s"
        " WHERE id = %(id)s AND state IN ('queued', 'sending')",
        {"id": out_id, "state": state, "reason": reason},
    )


def stopped(conn: Connection, texter_id: UUID) -> None:
    """Whoever it is for said STOP: nothing of what waits goes out any more."""
    _tell(
        conn,
        "UPDATE text_out SET state = 'stopped', sealed = NULL WHERE texter_id = %(texter)s"
        " AND state IN ('queued', 'sending')",
        {"texter": texter_id},
    )


def words_were_sent(conn: Connection, texter_id: UUID) -> bool:
    """Whether somebody was sent the words of a tip, as far as we know."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM text_out WHERE texter_id = %s AND kind = 'receipt'"
        " AND (sid IS NOT NULL OR settled_at IS NOT NULL OR state IN ('sending', 'sent', 'delivered')))",
        [texter_id],
    ).fetchone()
    return bool(row and row[0])


def delivered(conn: Connection, out_id: UUID, sid: str) -> None:
    """The carrier says that a text arrived."""
    _outcome(conn, out_id, sid, "delivered", None)


def undelivered(conn: Connection, out_id: UUID, sid: str, reason: str) -> None:
    """The carrier says that a text will not arrive."""
    _outcome(conn, out_id, sid, "failed", reason)


def _outcome(conn: Connection, out_id: UUID, sid: str, state: OutState, reason: str | None) -> None:
    """The first outcome stays, in whatever order they come; it may be heard before the carrier's answer."""
    _tell(
        conn,
        "UPDATE text_out SET state = %(state)s, sealed = NULL, sid = %(sid)s, reason = %(reason)s"
        " WHERE id = %(id)s AND state IN ('queued', 'sending', 'sent') AND coalesce(sid, %(sid)s) = %(sid)s",
        {"id": out_id, "sid": sid, "state": state, "reason": reason},
    )


def known(conn: Connection, sids: Sequence[str]) -> frozenset[str]:
    """Return which of these of the carrier's ids are of texts that were noted as sent."""
    rows = conn.execute("SELECT sid FROM text_out WHERE sid = ANY(%s)", [list(sids)])
    return frozenset(sid for (sid,) in rows)


def texter_of(conn: Connection, out_id: UUID) -> UUID | None:
    """Return whom a text is for."""
    row = conn.execute("SELECT texter_id FROM text_out WHERE id = %s", [out_id]).fetchone()
    return None if row is None else row[0]


def at_carrier(conn: Connection, before: datetime) -> list[tuple[UUID, str, bool]]:
    """Return texts the carrier may still have: id, the carrier's id, and whether nothing more is to come."""
    return conn.execute(
        "SELECT id, sid, state <> 'sent' FROM text_out WHERE sid IS NOT NULL AND at < %s"
        " ORDER BY at LIMIT 500",
        [before],
    ).fetchall()


def forgotten(conn: Connection, out_id: UUID) -> None:
    """The carrier has deleted a text."""
    conn.execute("UPDATE text_out SET sid = NULL, settled_at = clock_timestamp() WHERE id = %s", [out_id])


def spend(conn: Connection, out_id: UUID, day: date, mills: int, cap: int | None) -> bool:
    """Count what a text costs, once; False, and nothing counted, where the day's `cap` would be passed."""
    conn.execute("INSERT INTO text_spend (day, mills) VALUES (%s, 0) ON CONFLICT DO NOTHING", [day])
    counted = conn.execute(
        "UPDATE text_spend SET mills = mills + %(mills)s WHERE day = %(day)s"
        " AND (%(cap)s::bigint IS NULL OR mills + %(mills)s <= %(cap)s)",
        {"day": day, "mills": mills, "cap": cap},
    ).rowcount
    if counted:
        conn.execute("UPDATE text_out SET mills = %s WHERE id = %s", [mills, out_id])
    return bool(counted)


def _tell(conn: Connection, statement: LiteralString, values: dict[str, object]) -> None:
    """Change texts, and let whoever has their tips open see it."""
    changed = conn.execute(statement + " RETURNING tip_id, kind", values).fetchall()
    for tip_id, kind in changed:
        if kind == "staff":
            conn.execute("SELECT pg_notify('ledger', %s)", [f"{tip_id} text"])
