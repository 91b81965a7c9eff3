"""When a part is away: nothing is signed out, nothing hangs, and everything comes back by itself."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from psycopg import sql

from evidence.media import derivatives_of
from tests.waiting import eventually
from tests.web.console.conftest import Running
from tests.web.console.test_events import listening
from web.console.events import Events


@contextmanager
def database_away(running: Running) -> Iterator[None]:
    """Nobody but the superuser reaches the database."""
    with running.town.database.as_admin() as admin:
        admin.autocommit = True
        row = admin.execute("SELECT current_database()").fetchone()
        assert row
        name = sql.Identifier(row[0])
        admin.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM tipline_console").format(name))
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tipline_console'"
            " AND datname = current_database()"
        )
        yield
        admin.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO tipline_console").format(name))


def test_a_database_that_is_away_is_told_and_comes_back(running: Running) -> None:
    client = running.signed_in()
    events = running.console.events
    object.__setattr__(running.console, "events", Events(events.doorkeeper, events.ear, heartbeat=0.05))
    with listening(client) as stream:
        with database_away(running):
            page = client.get("/")
            assert page.status_code == 503
            assert "The database cannot be reached" in page.text
            content = client.get("/media/00000000-0000-0000-0000-000000000000/content")
            assert (content.status_code, content.json()["code"]) == (503, "unavailable")
            assert client.get("/healthz").status_code == 200
            assert client.get("/readyz").status_code == 503
        eventually(lambda: client.get("/").status_code == 200)
        tip_id = str(running.town.tip("after"))
        told: list[str] = []
        while tip_id not in told:
            name, data = stream.next()
            assert name != "signed-out"
            told.append(data.get("chain", ""))


def test_a_copy_the_store_has_lost_is_told_before_the_first_byte(running: Running) -> None:
    tip_id = running.town.tip("what")
    media_id, copy = running.town.clip(tip_id)
    store = running.town.store
    with running.town.database.as_role("operator") as conn:
        (made,) = [one for one in derivatives_of(conn, [media_id]) if one.id == copy]
    store.remove_derivative(made.object_key, made.object_version)
    client = running.signed_in()
    assert client.post(f"/media/{media_id}/open").status_code == 204
    answer = client.get(f"/media/{copy}/content", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.json()["code"]) == (404, "object_missing")


def test_the_process_stops_at_once_with_streams_open(running: Running) -> None:
    ended = threading.Event()

    def watch(client: httpx.Client) -> None:
        with listening(client) as stream:
            try:
                while True:
                    stream.next()
            except EOFError:
                ended.set()

    viewer = threading.Thread(target=watch, args=[running.signed_in()])
    viewer.start()
    eventually(lambda: running.console.ear.viewers)
    began = time.monotonic()
    running.server.should_exit = True
    viewer.join(10)
    assert ended.is_set()
    eventually(lambda: not running.thread.is_alive())
    assert time.monotonic() - began < 4
