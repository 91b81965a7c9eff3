"""What monitoring sees of the console: routes by their names, and neither whose nor who."""

from dataclasses import replace

import pytest

from evidence.telemetry.settings import Telemetry
from tests.scraping import scrape
from tests.waiting import eventually
from tests.web.console.conftest import Running
from tipline.up.ports import free_ports
from web.console.settings import ConsoleSettings


@pytest.fixture
def settings(settings: ConsoleSettings) -> ConsoleSettings:
    return replace(settings, telemetry=Telemetry(metrics_port=free_ports(["metrics"])["metrics"]))


def test_a_look_at_the_console(running: Running) -> None:
    port = running.settings.telemetry.metrics_port
    assert port is not None
    # Counters live as long as the process, and other tests' consoles run in this one too.
    before = scrape(port)

    def more(name: str, **labels: str) -> float:
        return (scrape(port).value(name, **labels) or 0) - (before.value(name, **labels) or 0)

    tip = running.town.tip("canary-words", contact="canary-contact")
    alice = running.signed_in("canary-alice")
    assert alice.get(f"/tips/{tip}").status_code == 200
    assert alice.get("/tips/canary-path").status_code == 404
    assert alice.get("/canary-path").status_code == 404
    assert running.client().post("/signin", data={"token": "canary-token"}).status_code in (403, 404, 410)
    with alice.stream("GET", "/events") as news:
        assert news.status_code == 200
        eventually(lambda: scrape(port).value("tipline_console_listeners") == 1)
    eventually(lambda: scrape(port).value("tipline_console_listeners") == 0)
    assert more("tipline_console_requests_total", route="tips.show", status="200") == 1
    assert more("tipline_console_requests_total", route="none", status="404") == 2
    assert more("tipline_console_requests_total", route="events", status="200") == 1
    assert more("tipline_console_sign_ins_total", by="link") == 1
    assert more("tipline_console_sign_ins_refused_total", by="link") == 1
    seen = scrape(port)
    assert seen.value("tipline_console_live_viewers") == 0
    assert seen.value("tipline_database_up") == 1
    for canary in ("canary", str(tip), "127.0.0.1"):
        assert canary not in seen.text
