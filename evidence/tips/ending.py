"""How a tip ends: when it will be deleted, and what became of that."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.errors import Gone
from evidence.settings import Retention

PurgeReason = Literal["withdrawn", "time_over"]


@dataclass(frozen=True)
class Ending:
    """How a thread ends, or has ended, for whoever holds its words.

    `due` is when everything will be deleted if nothing comes in between; None while a case has it, and
    once it has ended. `deleted_at` is when nothing was left.
    """

    due: datetime | None
    deleted_at: datetime | None
    reason: PurgeReason | None


@dataclass(frozen=True)
class Purge:
    """A tip's end as staff see it: begun, and done or not yet."""

    reason: PurgeReason
    begun_at: datetime
    done_at: datetime | None

    def refusal(self) -> Gone:
        """What whoever asks for its words or files is told."""
        why = "its citizen took it back" if self.reason == "withdrawn" else "its time was over"
        if self.done_at is None:
            return Gone(f"This tip is being deleted, since {why}.", code="purged")
        return Gone(f"This tip was deleted on {self.done_at:%B %-d, %Y}, since {why}.", code="purged")


def ending_with_words(conn: Connection, lookup: bytes, retention: Retention) -> Ending:
    """Say how the thread that a receipt opens ends; the same statement where there is none."""
    row = conn.execute(
        "SELECT intake_ending(%s, %s, %s, %s)",
        [lookup, retention.days, retention.grace_days, retention.locked],
    ).fetchone()
    found: dict[str, Any] = (row[0] if row else None) or {}
    return Ending(_time(found.get("due")), _time(found.get("deleted_at")), found.get("reason"))


def deletion_due(conn: Connection, tip_id: UUID, retention: Retention) -> datetime | None:
    """Return when a tip will be deleted if nothing comes in between; None in a case, and at its end."""
    row = conn.execute(
        "SELECT deletion_due(%s, %s, %s, %s)",
        [tip_id, retention.days, retention.grace_days, retention.locked],
    ).fetchone()
    return cast("datetime | None", row[0]) if row else None


def purge_of(conn: Connection, tip_id: UUID) -> Purge | None:
    """Return a tip's end, None where it was not begun."""
    with conn.cursor(row_factory=class_row(Purge)) as cursor:
        return cursor.execute(
            "SELECT reason, begun_at, done_at FROM purge WHERE tip_id = %s", [tip_id]
        ).fetchone()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
