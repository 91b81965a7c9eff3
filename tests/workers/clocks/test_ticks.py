"""What the clocks do, one tick at a time, over a real database and a real store."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import psycopg
import pytest

from evidence.db.connect import Connection, connect
from evidence.ledger.witness import witnesses
from evidence.media import claim
from evidence.media.lease import MAX_ATTEMPTS
from evidence.storage.store import Store
from tests.waiting import eventually
from tests.workers.conftest import Site
from workers.bench import Bench
from workers.clocks import ticks
from workers.clocks.clock import Clock
from workers.seal.seal import seal
from workers.turn import take_turns


@pytest.fixture
def conn(site: Site) -> Iterator[Connection]:
    with connect(site.database.url("worker"), autocommit=True) as conn:
        yield conn


def waiting(conn: Connection) -> list[tuple[str, str]]:
    return conn.execute(
        "SELECT task_name, args->>'media_id' FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
    ).fetchall()


def test_what_nobody_holds_is_asked_for_once(site: Site, conn: Connection) -> None:
    open_one, held = site.arrive(b"one"), site.arrive(b"two")
    conn.execute("DELETE FROM procrastinate_jobs")
    assert claim(conn, held, "seal", 60) is not None
    ticks.reconcile(conn)
    ticks.reconcile(conn)
    assert waiting(conn) == [("seal", str(open_one))]


def test_jobs_of_the_dead_are_forgotten_those_of_the_living_are_not(site: Site, conn: Connection) -> None:
    for content in (b"one", b"two", b"three"):
        site.arrive(content)
    (alive,), (dead,) = (
        conn.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))"
            " RETURNING id",
            [silent],
        ).fetchone()
        or ()
        for silent in (0, 100)
    )
    for worker in (alive, dead, None):
        conn.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s"
            " WHERE id = (SELECT min(id) FROM procrastinate_jobs WHERE status = 'todo')",
            [worker],
        )
    ticks.forget_stalled_jobs(30)(conn)
    left = conn.execute("SELECT worker_id FROM procrastinate_jobs WHERE status = 'doing'").fetchall()
    assert left == [(alive,)]


def test_a_job_whose_end_a_living_worker_could_not_note_is_forgotten(site: Site, conn: Connection) -> None:
    over, running = site.arrive(b"one"), site.arrive(b"two")
    assert claim(conn, running, "seal", 60) is not None
    conn.execute(
        "WITH worker AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()) RETURNING id)"
        " UPDATE procrastinate_jobs SET status = 'doing', worker_id = worker.id FROM worker"
    )

    def left_doing() -> set[str]:
        ticks.forget_stalled_jobs(30)(conn)
        rows = conn.execute("SELECT args->>'media_id' FROM procrastinate_jobs WHERE status = 'doing'")
        return {media for (media,) in rows}

    assert left_doing() == {str(over), str(running)}, "a job that has just begun may not have its lease yet"
    conn.execute("UPDATE procrastinate_events SET at = at - interval '2 hours'")
    assert left_doing() == {str(running)}


def test_checkpoints_reach_the_locked_bucket(site: Site, conn: Connection, bench: Bench) -> None:
    site.arrive(b"one")
    tick = ticks.checkpoints(site.store, bench.settings)
    tick(conn)
    tick(conn)
    assert len(list(witnesses(site.store))) == 1
    site.arrive(b"two")
    tick(conn)
    assert len(list(witnesses(site.store))) == 2


def test_spool_files_of_sealed_originals_go_others_stay(site: Site, conn: Connection, bench: Bench) -> None:
    sealed, waits = site.arrive(b"one"), site.arrive(b"two")
    take_turns(bench, "media", {"seal": seal}, sealed, "seal")
    again = site.spool.bytes_path(site.media(sealed).upload_id)
    again.write_bytes(b"left behind by a worker that died after its commit")
    ticks.let_go_of_sealed(site.spool, bench.settings)(conn)
    assert not again.exists()
    assert site.spool.bytes_path(site.media(waits).upload_id).exists()


def test_a_clock_goes_on_after_its_connection_is_lost(site: Site) -> None:
    over, ticked, sessions = Event(), [0], set[int]()

    def tick(conn: Connection) -> None:
        sessions.add(conn.info.backend_pid)
        ticked[0] += 1
        conn.execute("SELECT 1")

    clock = Clock("test", 0.05, site.database.url("worker"), tick, over)
    clock.start()
    eventually(lambda: ticked[0] > 2)
    with site.database.as_admin() as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) pid", [list(sessions)])
    eventually(lambda: len(sessions) == 2)
    over.set()
    clock.join()


def test_a_transaction_left_open_by_a_frozen_worker_is_ended(bench: Bench, site: Site) -> None:
    with bench.pool.connection() as conn:
        (said,) = conn.execute("SHOW idle_in_transaction_session_timeout").fetchone() or ("",)
        assert said == "30s"
        conn.execute("SET idle_in_transaction_session_timeout = '50ms'")

        def ended() -> bool:
            with site.database.as_admin() as admin:
                pid = conn.info.backend_pid
                return (
                    admin.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone() is None
                )

        eventually(ended)
        with pytest.raises(psycopg.Error, match="idle-in-transaction"):
            conn.execute("SELECT 1")


def test_a_store_that_is_away_costs_no_attempt(site: Site, bench: Bench) -> None:
    media_id = site.arrive(b"one")
    nowhere = Store.connect(replace(bench.settings.store, endpoint="http://127.0.0.1:9"))
    for _ in range(MAX_ATTEMPTS + 1):
        take_turns(replace(bench, store=nowhere), "media", {"seal": seal}, media_id, "seal")
    media = site.media(media_id)
    assert (media.state, media.attempts, media.stage) == ("received", 0, "seal")
    assert site.spool.bytes_path(media.upload_id).exists()
    take_turns(bench, "media", {"seal": seal}, media_id, "seal")
    assert site.media(media_id).state == "sealed"
