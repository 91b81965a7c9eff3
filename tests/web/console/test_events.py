"""Server-sent events from a real NOTIFY, over a real connection that can be cut."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from tests.waiting import eventually
from tests.web.console.conftest import Running
from web.console.events import Events


class Stream:
    """An open event stream, read event by event; comments are counted, not returned."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()
        self.heartbeats = 0

    def next(self) -> tuple[str, dict[str, str]]:
        name = ""
        for line in self._lines:
            if line.startswith(":"):
                self.heartbeats += 1
            elif line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                return name, json.loads(line.removeprefix("data: "))
        raise EOFError

    def until(self, name: str) -> dict[str, str]:
        while True:
            found, data = self.next()
            if found == name:
                return data


@contextmanager
def listening(client: httpx.Client) -> Iterator[Stream]:
    with client.stream("GET", "/events") as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        stream = Stream(answer)
        stream.until("hello")
        yield stream


def heard(stream: Stream, chain: str) -> list[str]:
    """The kinds told of `chain` until its opening has been told; anything else told meanwhile is left out."""
    kinds: list[str] = []
    while "opened" not in kinds:
        news = stream.until("news")
        if news["chain"] == chain:
            kinds.append(news["kind"])
    return kinds


def test_every_viewer_hears_of_a_new_tip_and_of_ids_only(running: Running) -> None:
    with listening(running.signed_in("alice")) as alice, listening(running.signed_in("bob")) as bob:
        tip_id = str(running.town.tip("the secret words of a citizen"))
        assert heard(alice, tip_id) == heard(bob, tip_id) == ["opened"]


def test_one_connection_listens_for_all(running: Running) -> None:
    clients = [running.signed_in(name) for name in ("alice", "bob", "carol")]
    with (
        listening(clients[0]),
        listening(clients[1]),
        listening(clients[2]),
        running.town.database.as_admin() as admin,
    ):
        listeners = admin.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query = 'LISTEN ledger'"
        ).fetchone()
    assert listeners == (1,)


def test_sign_ins_are_no_news(running: Running) -> None:
    with listening(running.signed_in("alice")) as alice:
        running.signed_in("bob")
        tip_id = str(running.town.tip("what"))
        kinds = []
        while "opened" not in kinds:
            kinds.append(alice.until("news")["kind"])
    assert set(kinds) <= {"", "opened"}
    assert tip_id


def test_a_lost_database_connection_is_made_again_and_everybody_told_to_look(running: Running) -> None:
    with listening(running.signed_in()) as alice:
        first = str(running.town.tip("before"))
        heard(alice, first)
        with running.town.database.as_admin() as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query = 'LISTEN ledger'"
            )
        assert alice.until("news") == {"chain": "", "kind": ""}
        assert heard(alice, str(running.town.tip("after"))) == ["opened"]


@pytest.fixture
def restless(running: Running) -> Running:
    """A console whose heart beats fast."""
    events = running.console.events
    object.__setattr__(running.console, "events", Events(events.doorkeeper, events.ear, heartbeat=0.05))
    return running


def test_a_quiet_line_is_kept_open(restless: Running) -> None:
    with listening(restless.signed_in()) as alice:
        time_of_first = time.monotonic()
        while alice.heartbeats < 3:
            line = next(alice._lines)
            alice.heartbeats += line.startswith(":")
        assert time.monotonic() - time_of_first < 10


def test_the_stream_ends_with_the_session_and_does_not_prolong_it(restless: Running) -> None:
    client = restless.signed_in()
    with listening(client) as alice:
        with restless.town.database.as_admin() as admin:
            admin.execute("UPDATE console_session SET seen_at = seen_at - %s", [timedelta(minutes=31)])
        assert alice.until("signed-out") == {}
        with pytest.raises(EOFError):
            alice.next()
    assert client.get("/").status_code == 302


def test_a_viewer_that_left_is_forgotten(running: Running) -> None:
    ear = running.console.ear
    with listening(running.signed_in()):
        assert len(ear.viewers) == 1
    eventually(lambda: not ear.viewers)
