"""Attaching tips to cases, many to many, without two colleagues colliding.

Whoever changes a tip's cases first locks the tip's row; what then does not fit any more is refused with
a sentence that names what happened. Both chains, the tip's and the case's, learn of it.
"""

from uuid import UUID

from evidence import ledger
from evidence.cases.case import Case
from evidence.db.connect import Connection
from evidence.errors import Conflict, NotFound
from evidence.reviewers.reviewer import Reviewer
from evidence.tips.ending import purge_of

_WHY_NOT = {
    "closed": "This tip is closed. Reopen it before you attach it to a case.",
    "withdrawn": "The citizen withdrew this tip; it cannot be attached to a case.",
    "purged": "This tip's time is over: it is deleted, and cannot be attached to a case.",
}


def attach(conn: Connection, case: Case, tip_id: UUID, by: Reviewer) -> None:
    """Attach a tip to a case; its state becomes `attached`.

    Raises `NotFound` for an unknown tip, `Conflict` where the tip is closed or gone, or is attached to
    this case already.
    """
    state = _lock(conn, tip_id)
    if state in _WHY_NOT:
        raise Conflict(_WHY_NOT[state], code=f"tip_{state}")
    # A statement of its own, after the row is held: whatever the deletion clock began before is seen.
    if purge_of(conn, tip_id):
        raise Conflict(_WHY_NOT["purged"], code="tip_purged")
    attached = conn.execute(
        "INSERT INTO case_tip (case_id, tip_id, attached_by) VALUES (%s, %s, %s)"
        " ON CONFLICT DO NOTHING RETURNING 1",
        [case.id, tip_id, by.id],
    ).fetchone()
    if attached is None:
        raise Conflict(
            f"{_attacher(conn, case.id, tip_id)} attached this tip to case {case.number} already.",
            code="already_attached",
        )
    conn.execute("UPDATE tip SET state = 'attached' WHERE id = %s", [tip_id])
    ledger.append(conn, tip_id, "attached", by.actor, {"case": str(case.id)})
    ledger.append(conn, case.id, "attached", by.actor, {"tip": str(tip_id)})


def detach(conn: Connection, case: Case, tip_id: UUID, by: Reviewer) -> None:
    """Take a tip out of a case; out of its last case it is `new` again.

    Raises `NotFound` for an unknown tip, `Conflict` where it is not in this case (any more).
    """
    _lock(conn, tip_id)
    detached = conn.execute(
        "DELETE FROM case_tip WHERE case_id = %s AND tip_id = %s RETURNING 1", [case.id, tip_id]
    ).fetchone()
    if detached is None:
        raise Conflict(f"This tip is not in case {case.number} any more.", code="not_attached")
    conn.execute(
        "UPDATE tip SET state = 'new' WHERE id = %s AND state = 'attached'"
        " AND NOT EXISTS (SELECT FROM case_tip WHERE tip_id = tip.id)",
        [tip_id],
    )
    ledger.append(conn, tip_id, "detached", by.actor, {"case": str(case.id)})
    ledger.append(conn, case.id, "detached", by.actor, {"tip": str(tip_id)})


def tips_of(conn: Connection, case_id: UUID) -> list[UUID]:
    """Return the tips attached to a case now, newest attachment first."""
    rows = conn.execute(
        "SELECT tip_id FROM case_tip WHERE case_id = %s ORDER BY attached_at DESC, tip_id", [case_id]
    ).fetchall()
    return [tip_id for (tip_id,) in rows]


def _lock(conn: Connection, tip_id: UUID) -> str:
    row = conn.execute("SELECT state FROM tip WHERE id = %s FOR UPDATE", [tip_id]).fetchone()
    if row is None:
        raise NotFound("There is no such tip.", code="unknown_tip")
    state: str = row[0]
    return state


def _attacher(conn: Connection, case_id: UUID, tip_id: UUID) -> str:
    row = conn.execute(
        "SELECT r.name FROM case_tip a JOIN reviewer r ON r.id = a.attached_by"
        " WHERE a.case_id = %s AND a.tip_id = %s",
        [case_id, tip_id],
    ).fetchone()
    return row[0] if row else "A colleague"
