"""A console that serves, as its own login, over a real database and a real store; and who calls on it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from evidence.settings import StoreSettings
from evidence.storage.store import Store
from tests.conftest import Database
from tests.waiting import eventually
from tests.web.console.town import Town
from tipline.up.ports import free_ports
from web.console.app import Console
from web.console.server import ConsoleServer, make_server
from web.console.settings import ConsoleSettings

PATIENCE = 15.0


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("town")


@pytest.fixture
def town(database: Database, store: Store, pictures: Path) -> Town:
    return Town(database, store, pictures)


@dataclass
class Running:
    """A console at work."""

    settings: ConsoleSettings
    server: ConsoleServer
    thread: threading.Thread
    town: Town

    @property
    def console(self) -> Console:
        return self.server.console

    def client(self) -> httpx.Client:
        """A client that is signed out, and behaves as our own page does."""
        return httpx.Client(
            base_url=self.settings.origin, headers={"Origin": self.settings.origin}, timeout=20
        )

    def signed_in(self, name: str = "alice", role: str = "reviewer") -> httpx.Client:
        """A client of somebody who used a sign-in link."""
        client = self.client()
        answer = client.post("/signin", data={"token": self.town.link(name, role)})
        assert answer.status_code == 303
        return client


@pytest.fixture
def settings(
    database: Database, store_settings: StoreSettings, town: Town, spool_dir: Path
) -> ConsoleSettings:
    port = free_ports(["console"])["console"]
    return ConsoleSettings(
        database_url=database.url("console"),
        store=store_settings,
        agency_private_key=town.agency_key,
        thread_signing_key=town.thread_key,
        origin=f"http://localhost:{port}",
        port=port,
        spool=spool_dir,
    )


@pytest.fixture
def running(settings: ConsoleSettings, town: Town) -> Iterator[Running]:
    server = make_server(settings)
    thread = threading.Thread(target=server.run, name="console")
    thread.start()
    try:
        eventually(lambda: server.started or not thread.is_alive())
        assert server.started
        yield Running(settings, server, thread, town)
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the console did not stop"


DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def context(browser: Browser, running: Running) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=running.settings.origin, viewport=DESK)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE * 1000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page whose script errors and refused resources fail the test."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
    return page


def sign_in(page: Page, running: Running, name: str = "alice", role: str = "reviewer") -> None:
    """Use a sign-in link as a person does, and leave the passkey for later."""
    page.goto(f"/signin?token={running.town.link(name, role)}")
    page.get_by_role("button", name="Continue to the console").click()
    page.get_by_role("link", name="Not now").click()
    page.get_by_role("heading", name="Queue").wait_for()


__all__ = ["DESK", "PHONE", "Running", "sign_in"]
