"""The console behind a proxy, under its own name: signed in, told at once, and shown what grows."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.spool import Spool
from tests.infra.proxy.proxies import CONSOLE, NAMES, Doors, Proxy, in_front
from tests.waiting import eventually
from tests.web.console.broadcasting import Broadcast
from tests.web.console.conftest import Running, pictures, running, town
from tests.web.console.conftest import settings as plain_settings
from tests.web.console.test_events import heard, listening
from tipline.up.ports import free_ports
from web.console.settings import ConsoleSettings

__all__ = ["pictures", "plain_settings", "running", "town"]


@pytest.fixture
def https() -> int:
    return free_ports(["https"])["https"]


@pytest.fixture
def settings(plain_settings: ConsoleSettings, https: int) -> ConsoleSettings:
    return dataclasses.replace(plain_settings, origin=f"https://{CONSOLE}:{https}")


@pytest.fixture(params=NAMES)
def proxy(request: pytest.FixtureRequest, running: Running, https: int, tmp_path: Path) -> Iterator[Proxy]:
    doors = Doors((1,), console=running.settings.port)
    with in_front(request.param, tmp_path / "proxy", doors, https) as proxy:
        yield proxy


def test_staff_sign_in_hear_of_news_and_watch_what_grows_at_once(
    running: Running, proxy: Proxy, spool_dir: Path
) -> None:
    broadcast = Broadcast(running.town, Spool(spool_dir), running.town.tip("a fire"))
    broadcast.begins(1)
    with proxy.client(name=CONSOLE) as alice:
        alice.headers["Origin"] = running.settings.origin
        entered = alice.post("/signin", data={"token": running.town.link("alice", "reviewer")})
        assert entered.status_code == 303
        assert entered.headers["set-cookie"].startswith("__Host-tipline=")
        assert entered.headers.get_list("strict-transport-security") == [
            "max-age=31536000; includeSubDomains"
        ]
        assert alice.get("/metrics").status_code == 404
        with listening(alice) as stream:
            tip_id = str(running.town.tip("the secret words of a citizen"))
            assert heard(stream, tip_id) == ["opened"]
        assert alice.post(f"/live/{broadcast.id}/watch").status_code == 204
        with alice.stream("GET", f"/live/{broadcast.id}/parts/1/bytes?from=0") as answer:
            pieces = answer.iter_raw()
            # Less than any buffer has, one after the other: each comes before the next is sent.
            for piece in (b"a", b"b" * 100, b"c" * 5000):
                broadcast.sends(1, piece)
                got = b""
                while len(got) < len(piece):
                    got += next(pieces)
                assert got == piece
        eventually(
            lambda: proxy.lines_to_doors() <= 1, "the console's hearing that alice has gone", within=20
        )
