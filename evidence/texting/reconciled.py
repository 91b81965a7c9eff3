"""Whether every message that was sent to us is here: what the carrier's list showed, and what is open."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from evidence.db.connect import Connection

# A door with the account is seen every five seconds, but not while its database is away.
_UNSEEN = timedelta(minutes=2)


@dataclass(frozen=True)
class Reconciliation:
    """The count of messages, by how they were heard of and how far they are; all of it without a name.

    `told` by a webhook and `found` by reading the carrier's list, in all; `settled` of them are deleted at
    the carrier, `open` are not yet, since `oldest_open`. Gaps: `unread` messages are in the list and could
    not be taken in, `lacking` ones had files that the carrier never listed. The list was read whole
    `readings` times, last at `finished_at`. `waiting` texts are still to go out, `words_waiting` of them nine
    words; `oldest_waiting` is when the one that is due longest was due. Files of `to_fetch` messages are
    still to be fetched. `account_seen_at` is when a door with the carrier's account was last at work; None
    where there never was one, and a stand-in serves.
    """

    told: int
    found: int
    settled: int
    open: int
    oldest_open: datetime | None
    unread: int
    lacking: int
    readings: int
    finished_at: datetime | None
    waiting: int
    words_waiting: int
    oldest_waiting: datetime | None
    to_fetch: int
    account_seen_at: datetime | None

    @property
    def gaps(self) -> int:
        """How many messages are not, or not whole, here."""
        return self.unread + self.lacking

    def age(self, now: datetime) -> timedelta | None:
        """How long ago the carrier's list was last read whole; None where it never was."""
        return None if self.finished_at is None else now - self.finished_at

    def unserved(self, now: datetime) -> timedelta | None:
        """For how long no door with the account was at work, where there is one and texts wait for it."""
        if self.account_seen_at is None or not (self.waiting or self.to_fetch):
            return None
        gone = now - self.account_seen_at
        return gone if gone > _UNSEEN else None


def reconciliation(conn: Connection) -> Reconciliation:
    """Count, as the SMS door or the operator."""
    with conn.cursor(row_factory=class_row(Reconciliation)) as cursor:
        counted = cursor.execute(
            "WITH past AS (SELECT"
            "  coalesce(sum(texts) FILTER (WHERE found_by = 'webhook'), 0)::bigint AS told,"
            "  coalesce(sum(texts) FILTER (WHERE found_by = 'poll'), 0)::bigint AS found FROM text_tally)"
            " SELECT i.told + past.told AS told, i.found + past.found AS found,"
            " i.settled + past.told + past.found AS settled, i.open, i.oldest_open, i.lacking, i.to_fetch,"
            " o.*, p.readings, p.finished_at,"
            " (SELECT count(*) FROM text_unread) AS unread,"
            " (SELECT seen_at FROM text_account) AS account_seen_at"
            " FROM (SELECT"
            "  count(*) FILTER (WHERE found_by = 'webhook') AS told,"
            "  count(*) FILTER (WHERE found_by = 'poll') AS found,"
            "  count(*) FILTER (WHERE state = 'done') AS settled,"
            "  count(*) FILTER (WHERE state <> 'done') AS open,"
            "  min(at) FILTER (WHERE state <> 'done') AS oldest_open,"
            "  count(*) FILTER (WHERE state = 'files') AS to_fetch,"
            "  count(*) FILTER (WHERE state = 'kept') AS lacking FROM text_in) i,"
            " (SELECT count(*) AS waiting, count(*) FILTER (WHERE kind = 'receipt') AS words_waiting,"
            "  min(due_at) FILTER (WHERE due_at <= clock_timestamp()) AS oldest_waiting"
            "  FROM text_out WHERE state IN ('queued', 'sending')) o,"
            " (SELECT coalesce(max(readings), 0) AS readings, max(finished_at) AS finished_at"
            "  FROM text_poll) p, past"
        ).fetchone()
    if counted is None:
        raise RuntimeError("a count answered no row")
    return counted
