"""Texts on their way out, as the SMS door works on them: claimed, handed over, and what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.seal import seal_to

Kind = Literal["receipt", "link", "stopped", "started", "help", "help_stopped", "staff"]
OutState = Literal["queued", "sending", "sent", "delivered", "failed", "stopped"]
# Whoever claimed a text and said nothing for so long is dead, or its carrier's answer was lost.
ABANDONED = timedelta(seconds=90)
# One that the carrier does not take holds back later ones to the same phone for so long.
_HOLDS_BACK = timedelta(hours=24)


@dataclass(frozen=True)
class Outgoing:
    """One text that this process works on now.

    `again` where it was tried before, and may have gone out. `mills` is what it was counted as, None where it
    was not yet.
    """

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
    """Take a text whose turn it is; None where somebody else has it, or it is done.

    A phone is texted in the order in which things were said to it: a text waits for older ones, unless those
    wait for a moment of their own, such as the morning.
    """
    with conn.cursor(row_factory=class_row(Outgoing)) as cursor:
        return cursor.execute(
            "WITH old AS (SELECT id, tried_at, state FROM text_out WHERE id = %s FOR UPDATE)"
            " UPDATE text_out o SET state = 'sending', attempts = attempts + 1, tried_at = clock_timestamp()"
            " FROM old WHERE o.id = old.id AND o.due_at <= clock_timestamp() AND ("
            "  old.state = 'queued' OR old.state = 'sending' AND old.tried_at < clock_timestamp() - %s)"
            " AND NOT EXISTS (SELECT FROM text_out e WHERE e.texter_id = o.texter_id"
            "  AND (e.at, e.id) < (o.at, o.id) AND (e.state = 'sending' OR e.state = 'queued' AND ("
            "   e.due_at <= clock_timestamp()"
            "   OR e.reason LIKE 'carrier%%' AND e.failures = 0 AND e.at > clock_timestamp() - %s)))"
            " RETURNING o.id, o.texter_id, o.kind, o.sealed, o.mills, o.attempts, o.at,"
            " old.tried_at IS NOT NULL AS again",
            [out_id, ABANDONED, _HOLDS_BACK],
        ).fetchone()


def follow(conn: Connection, texter_id: UUID) -> None:
    """Ask for the next text to the same phone, which may have waited for the one before it."""
    conn.execute(
        "SELECT enqueue_text('send', id::text, NULL) FROM (SELECT id FROM text_out WHERE texter_id = %s"
        " AND state = 'queued' AND due_at <= clock_timestamp() ORDER BY at, id LIMIT 1)",
        [texter_id],
    )


def due(conn: Connection) -> list[UUID]:
    """Return the texts whose turn it is, and those that somebody claimed and left."""
    rows = conn.execute(
        "SELECT id FROM text_out WHERE state IN ('queued', 'sending') AND due_at <= clock_timestamp()"
        " AND (state = 'queued' OR tried_at < clock_timestamp() - %s) ORDER BY due_at, at LIMIT 500",
        [ABANDONED],
    )
    return [out_id for (out_id,) in rows]


def put_off(conn: Connection, out_id: UUID, until: datetime, reason: str) -> None:
    """Let a claimed text wait; `reason` is what staff see meanwhile.

    One that was not counted yet was not handed over either: nobody looks for it at the carrier.
    """
    _tell(
        conn,
        "UPDATE text_out SET state = 'queued', due_at = %(until)s, reason = %(reason)s,"
        " tried_at = CASE WHEN mills IS NULL AND %(reason)s = 'spend_cap' THEN NULL ELSE tried_at END"
        " WHERE id = %(id)s AND state = 'sending'",
        {"id": out_id, "until": until, "reason": reason},
    )


def taken(conn: Connection, out_id: UUID, sid: str) -> None:
    """The carrier has a text. Its words stay until it has arrived, but not with a number that is no more.

    One that STOP overtook is still known there.
    """
    _tell(
        conn,
        "UPDATE text_out SET state = CASE state WHEN 'stopped' THEN state ELSE 'sent' END,"
        " sealed = CASE WHEN kind IN ('stopped', 'help_stopped') THEN NULL ELSE sealed END,"
        " sid = %(sid)s, reason = NULL"
        " WHERE id = %(id)s AND state IN ('queued', 'sending', 'stopped') AND sid IS NULL"
        " AND NOT EXISTS (SELECT FROM text_leftover WHERE sid = %(sid)s)",
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
    conn.execute("UPDATE text_out SET sealed = NULL WHERE texter_id = %s AND state = 'sent'", [texter_id])


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


def try_again(conn: Connection, out_id: UUID, sid: str, reason: str, waits: Sequence[timedelta]) -> bool:
    """Send a text anew that did not arrive, after the next of these waits.

    False where there is none left, or its words are gone. What is said of the try before counts no more.
    """
    again = conn.execute(
        "UPDATE text_out SET state = 'queued', sid = NULL, mills = NULL, tried_at = NULL, attempts = 0,"
        " failures = failures + 1, reason = %(reason)s,"
        " due_at = clock_timestamp() + (%(waits)s::interval[])[failures + 1]"
        " WHERE id = %(id)s AND state IN ('sending', 'sent') AND coalesce(sid, %(sid)s) = %(sid)s"
        " AND sealed IS NOT NULL AND failures < cardinality(%(waits)s::interval[])"
        " AND NOT EXISTS (SELECT FROM text_leftover WHERE sid = %(sid)s) RETURNING tip_id, kind",
        {"id": out_id, "sid": sid, "reason": reason, "waits": list(waits)},
    ).fetchall()
    if again:
        conn.execute("INSERT INTO text_leftover (sid) VALUES (%s)", [sid])
    _notify(conn, again)
    return bool(again)


def _outcome(conn: Connection, out_id: UUID, sid: str, state: OutState, reason: str | None) -> None:
    """The first outcome stays, in whatever order they come; it may be heard before the carrier's answer."""
    _tell(
        conn,
        "UPDATE text_out SET state = %(state)s, sealed = NULL, sid = %(sid)s, reason = %(reason)s"
        " WHERE id = %(id)s AND state IN ('queued', 'sending', 'sent') AND coalesce(sid, %(sid)s) = %(sid)s"
        " AND (failures = 0 OR state <> 'queued')"
        " AND NOT EXISTS (SELECT FROM text_leftover WHERE sid = %(sid)s)",
        {"id": out_id, "sid": sid, "state": state, "reason": reason},
    )


def known(conn: Connection, sids: Sequence[str]) -> frozenset[str]:
    """Return which of these of the carrier's ids are of texts that were noted as sent."""
    rows = conn.execute(
        "SELECT sid FROM text_out WHERE sid = ANY(%(sids)s)"
        " UNION SELECT sid FROM text_leftover WHERE sid = ANY(%(sids)s)",
        {"sids": list(sids)},
    )
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


def leftovers(conn: Connection) -> list[str]:
    """Return the carrier's ids of tries that did not arrive, which it may still have."""
    return [sid for (sid,) in conn.execute("SELECT sid FROM text_leftover ORDER BY at LIMIT 500")]


def forgotten(conn: Connection, sid: str) -> None:
    """The carrier has deleted a text, or a try of one."""
    conn.execute("UPDATE text_out SET sid = NULL, settled_at = clock_timestamp() WHERE sid = %s", [sid])
    conn.execute("DELETE FROM text_leftover WHERE sid = %s", [sid])


def forget_unheard(conn: Connection, after: timedelta) -> None:
    """Destroy the words of texts that the carrier took and has said nothing of for so long."""
    conn.execute(
        "UPDATE text_out SET sealed = NULL WHERE state = 'sent' AND sealed IS NOT NULL"
        " AND tried_at < clock_timestamp() - %s",
        [after],
    )


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
    _notify(conn, conn.execute(statement + " RETURNING tip_id, kind", values).fetchall())


def _notify(conn: Connection, changed: Sequence[tuple[UUID | None, str]]) -> None:
    for tip_id, kind in changed:
        if kind == "staff":
            conn.execute("SELECT pg_notify('ledger', %s)", [f"{tip_id} text"])
