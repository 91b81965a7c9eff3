"""What was deleted after a backup was taken must not come back with it.

The list of deleted tips has ids, reasons and times, nothing else: it may lie anywhere, and lies beside the
backups. What is restored from an older one has those tips deleted again, before anybody can reach them.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from evidence.db.connect import connect
from evidence.tips.ending import PurgeReason
from workers.expire.purge import Shredder


@dataclass(frozen=True)
class Deleted:
    """A tip whose end was begun, why, and when."""

    tip_id: UUID
    reason: PurgeReason
    begun_at: datetime


@dataclass(frozen=True)
class Deletions:
    """Every tip whose end was begun before `known_until`."""

    known_until: datetime
    tips: tuple[Deleted, ...]

    def to_bytes(self) -> bytes:
        """Return the JSON that is kept."""
        tips = [[str(tip.tip_id), tip.reason, tip.begun_at.isoformat()] for tip in self.tips]
        return json.dumps({"known_until": self.known_until.isoformat(), "tips": tips}, indent=1).encode()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        said = json.loads(stored)
        return cls(
            datetime.fromisoformat(said["known_until"]),
            tuple(Deleted(UUID(tip), reason, datetime.fromisoformat(at)) for tip, reason, at in said["tips"]),
        )


def deletions_now(url: str, since: datetime | None = None) -> Deletions:
    """Return the list as the database has it, or what was begun since a moment.

    For the login of an administrator, the operator or the deletion clock.
    """
    with connect(url) as conn:
        (now,) = conn.execute("SELECT transaction_timestamp()").fetchone() or (None,)
        rows = conn.execute(
            "SELECT tip_id, reason, begun_at FROM purge"
            " WHERE begun_at >= coalesce(%s, '-infinity'::timestamptz) ORDER BY begun_at, tip_id",
            [since],
        ).fetchall()
    assert now is not None  # noqa: S101 (a SELECT without FROM has one row)
    return Deletions(now, tuple(Deleted(*row) for row in rows))


def delete_again(admin_url: str, deletions: Deletions) -> int:
    """Begin the end of every tip on the list that is there; return how many those were.

    From then on nobody gets to see them. Their files go by the deletion clock, or by `empty_out`.
    """
    begun = 0
    with connect(admin_url) as conn:
        for tip in deletions.tips:
            row = conn.execute(
                "SELECT delete_again(%s, %s, %s)", [tip.tip_id, tip.reason, tip.begun_at]
            ).fetchone()
            begun += bool(row and row[0])
    return begun


def empty_out(shredder: Shredder) -> None:
    """Finish every end that is begun, as the deletion clock does."""
    with connect(shredder.settings.database_url, autocommit=True) as conn:
        for (tip_id,) in conn.execute("SELECT tip_id FROM purge WHERE done_at IS NULL").fetchall():
            shredder.end(conn, tip_id)
