"""Up to when the carrier's list of messages was read."""

from datetime import datetime

from evidence.db.connect import Connection


def read_until(conn: Connection) -> datetime | None:
    """Return that moment; None where the list was never read."""
    row = conn.execute("SELECT read_until FROM text_poll").fetchone()
    return None if row is None else row[0]


def note_read(conn: Connection, until: datetime) -> None:
    """Note that the list was read up to `until`; never back."""
    conn.execute(
        "INSERT INTO text_poll (read_until) VALUES (%s) ON CONFLICT (one)"
        " DO UPDATE SET read_until = greatest(text_poll.read_until, excluded.read_until)",
        [until],
    )
