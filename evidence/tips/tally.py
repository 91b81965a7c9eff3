"""How many tips there are."""

from collections.abc import Mapping

from evidence.db.connect import Connection


def count_by_state(conn: Connection) -> Mapping[str, int]:
    """Return the number of tips in each state that has any."""
    rows = conn.execute("SELECT state, count(*) FROM tip GROUP BY state").fetchall()
    return {state: int(count) for state, count in rows}


def count_waiting(conn: Connection) -> int:
    """Return how many tips' citizens wrote again and have no answer yet."""
    row = conn.execute("SELECT count(*) FROM tip WHERE waits").fetchone()
    return 0 if row is None else int(row[0])
