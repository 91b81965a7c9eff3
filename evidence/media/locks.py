"""Locks on originals that must last longer: a case took the tip, or its citizen sent something later."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from evidence import ledger
from evidence.db.connect import Connection
from evidence.settings import Retention


@dataclass(frozen=True)
class ShortLock:
    """An original, and until when it should be locked: for `cases`, or, where there are none, for its tip."""

    media_id: UUID
    tip_id: UUID
    object_key: str
    object_version: str | None
    until: datetime
    cases: list[UUID]


def to_extend(conn: Connection, retention: Retention, case_days: int, limit: int = 500) -> list[ShortLock]:
    """Return originals whose lock ends before it should."""
    with conn.cursor(row_factory=class_row(ShortLock)) as cursor:
        return cursor.execute(
            "SELECT * FROM locks_to_extend(%s, %s, %s, %s)",
            [retention.days, retention.grace_days, case_days, limit],
        ).fetchall()


def extended(conn: Connection, lock: ShortLock, until: datetime) -> None:
    """Note in the caller's transaction that an original is locked until then, and on which ground."""
    conn.execute("UPDATE media SET retain_until = %s WHERE id = %s", [until, lock.media_id])
    basis = {"basis": "case", "cases": [str(case) for case in lock.cases]}
    ledger.append(conn, lock.tip_id, "retained", "worker", {
        "media": str(lock.media_id), "until": until.isoformat(),
        **(basis if lock.cases else {"basis": "sent_later"}),
    })  # fmt: skip
