"""The next job of a lane is found without passing over what waits in others, and is the one that is due."""

import pytest

from evidence.db.connect import Connection
from tests.conftest import Database

WAITING = 5000


def queue(
    conn: Connection, lane: str, count: int = 1, *, priority: int = 10, lock: str | None = None
) -> None:
    conn.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args)"
        " SELECT %s, 'nothing', %s, %s, '{}' FROM generate_series(1, %s)",
        [lane, priority, lock, count],
    )


def fetch(conn: Connection, *lanes: str) -> int | None:
    row = conn.execute("SELECT id FROM procrastinate_fetch_job_v2(%s, NULL)", [list(lanes)]).fetchone()
    assert row is not None
    return row[0] if row[0] is None else int(row[0])


def jobs_of(conn: Connection, lane: str) -> list[int]:
    rows = conn.execute(
        "SELECT id FROM procrastinate_jobs WHERE queue_name = %s ORDER BY priority DESC, id", [lane]
    )
    return [row[0] for row in rows]


def rows_read(conn: Connection) -> int:
    row = conn.execute(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
        " WHERE relname = 'procrastinate_jobs'"
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_what_waits_in_another_lane_is_not_read(database: Database) -> None:
    with database.as_admin() as conn:
        queue(conn, "batch", WAITING)
        queue(conn, "media", WAITING // 5)
        conn.commit()
        conn.execute("ANALYZE procrastinate_jobs")
        conn.commit()
        before = rows_read(conn)
        assert fetch(conn, "media") == jobs_of(conn, "media")[0]
        assert fetch(conn, "large") is None
        counted = rows_read(conn) - before - len(jobs_of(conn, "media"))
    assert counted < WAITING // 5 + 100


def test_the_first_of_the_most_urgent_comes_next(database: Database) -> None:
    with database.as_admin() as conn:
        queue(conn, "media", 2)
        queue(conn, "media", 2, priority=20)
        expected = jobs_of(conn, "media")
        assert [fetch(conn, "media") for _ in range(5)] == [*expected, None]


def test_a_lock_lets_one_at_a_time_and_later_ones_wait(database: Database) -> None:
    with database.as_admin() as conn:
        queue(conn, "media", 2, lock="one")
        queue(conn, "media")
        first, second, other = jobs_of(conn, "media")
        assert [fetch(conn, "media") for _ in range(3)] == [first, other, None]
        conn.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [first])
        assert fetch(conn, "media") == second


def test_what_is_due_later_is_left(database: Database) -> None:
    with database.as_admin() as conn:
        queue(conn, "media")
        conn.execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
        assert fetch(conn, "media") is None


def test_two_who_ask_at_once_get_two(database: Database) -> None:
    with database.as_admin() as conn:
        queue(conn, "media", 2)
    with database.as_role("worker") as one, database.as_role("worker") as other:
        first = fetch(one, "media")
        second = fetch(other, "media")
        assert None not in (first, second)
        assert first != second
        assert fetch(other, "media") is None


@pytest.mark.parametrize("lanes", [("media", "large"), ("large", "media")])
def test_several_lanes_are_asked_as_before(database: Database, lanes: tuple[str, ...]) -> None:
    with database.as_admin() as conn:
        queue(conn, "large", priority=5)
        queue(conn, "media")
        assert fetch(conn, *lanes) == jobs_of(conn, "media")[0]
        assert fetch(conn, *lanes) == jobs_of(conn, "large")[0]
