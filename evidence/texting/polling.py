"""Up to when the carrier's list of messages was read, and what in it could not be taken in."""

from datetime import datetime

from evidence.db.connect import Connection


def read_until(conn: Connection) -> datetime | None:
    """Return that moment; None where the list was never read."""
    row = conn.execute("SELECT read_until FROM text_poll").fetchone()
    return None if row is None else row[0]


def note_read(conn: Connection, until: datetime) -> None:
    """Note that the list was read whole, up to `until`; never back."""
    conn.execute(
        "INSERT INTO text_poll (read_until, finished_at, readings) VALUES (%s, clock_timestamp(), 1)"
        " ON CONFLICT (one) DO UPDATE SET finished_at = excluded.finished_at,"
        " readings = text_poll.readings + 1,"
        " read_until = greatest(text_poll.read_until, excluded.read_until)",
        [until],
    )


def note_unread(conn: Connection, sid: str, code: str) -> None:
    """Note a message of the list that could not be taken in, and why."""
    conn.execute("INSERT INTO text_unread (sid, code) VALUES (%s, %s) ON CONFLICT DO NOTHING", [sid, code])


def unread(conn: Connection) -> list[str]:
    """Return the carrier's ids of those messages, the oldest first."""
    return [sid for (sid,) in conn.execute("SELECT sid FROM text_unread ORDER BY since LIMIT 500")]


def read_at_last(conn: Connection, sid: str) -> None:
    """Such a message is taken in."""
    conn.execute("DELETE FROM text_unread WHERE sid = %s", [sid])


def forget_unread(conn: Connection, before: datetime) -> None:
    """Count those no longer as missing that have been for so long: the carrier has them no more either."""
    conn.execute("DELETE FROM text_unread WHERE since < %s", [before])
