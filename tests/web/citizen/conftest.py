"""Erin's phone: a real Chromium before a real door, with a signal that can be weak or gone."""

import base64
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from nacl.public import PrivateKey
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, ViewportSize

from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.web.citizen.built import built_citizen

PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1440, "height": 900}

NewDoor = Callable[..., AbstractContextManager[Intake]]


@pytest.fixture
def new_door(database: Database, spool_dir: Path, tmp_path: Path) -> NewDoor:
    """Start a door with the page as it is shipped."""
    public_key = bytes(PrivateKey.generate().public_key)
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database.url("intake"),
        "TIPLINE_SPOOL": str(spool_dir),
        "TIPLINE_AGENCY_PUBLIC_KEY": base64.b64encode(public_key).decode(),
    }

    @contextmanager
    def run(**settings: str) -> Iterator[Intake]:
        door = Intake({**environment, **settings}, built_citizen(), tmp_path / "intake.log")
        door.start()
        try:
            yield door
        finally:
            door.stop()

    return run


@pytest.fixture
def door(new_door: NewDoor) -> Iterator[Intake]:
    with new_door() as running:
        yield running


@dataclass
class Phone:
    """A browser with a signal; `context` forgets everything when the test is over."""

    context: BrowserContext
    page: Page
    radio: CDPSession

    def visit(self, door: Intake, path: str = "/") -> None:
        """Open a page of the door and wait for its script."""
        self.page.goto(door.url + path)
        self.page.wait_for_selector("html.ready")

    def choose(self, *files: Path) -> None:
        self.page.set_input_files("#files", files)

    def send(self) -> list[str]:
        """Press the button; return the nine words."""
        self.page.click(".send")
        self.page.wait_for_selector("#sending:not([hidden])")
        return self.page.locator(".receipt__words li").all_inner_texts()

    def weaken(self, bytes_per_second: int) -> None:
        """Let bytes out only so fast; -1 lifts the limit, and brings a lost signal back."""
        self._set_signal(offline=False, bytes_per_second=bytes_per_second)

    def lose_signal(self) -> None:
        """Let nothing through any more, in either direction."""
        self._set_signal(offline=True, bytes_per_second=-1)

    def _set_signal(self, *, offline: bool, bytes_per_second: int) -> None:
        # One session for all of it: two that emulate networks overrule each other.
        signal = {"offline": offline, "latency": 0, "downloadThroughput": -1}
        self.radio.send("Network.emulateNetworkConditions", {**signal, "uploadThroughput": bytes_per_second})

    def wait_for_row(self, state: str, row: int = 1) -> None:
        self.page.wait_for_selector(f".transfer:nth-child({row}).transfer--{state}")

    def wait_for_percent(self, least: int) -> None:
        self.page.wait_for_function(
            "least => document.querySelector('.transfer progress').value >= least", arg=least
        )

    def press(self, what: str) -> None:
        self.page.click(f'[data-do="{what}"]:visible')


@pytest.fixture
def new_phone(browser: Browser) -> Iterator[Callable[..., Phone]]:
    """Make phones; they are thrown away when the test is over, and may have complained of nothing."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(viewport: ViewportSize = PHONE, **options: object) -> Phone:
        context = browser.new_context(viewport=viewport, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said.text) else None)
        radio = context.new_cdp_session(page)
        radio.send("Network.enable")
        return Phone(context, page, radio)

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(text: str) -> bool:
    return "Content Security Policy" in text or "Uncaught" in text


@pytest.fixture
def erin(new_phone: Callable[..., Phone]) -> Phone:
    return new_phone()


NewFile = Callable[[str, int], Path]


@pytest.fixture
def new_file(tmp_path: Path) -> NewFile:
    """Make a file of so many random bytes."""

    def make(name: str, size: int) -> Path:
        (tmp_path / "phone").mkdir(exist_ok=True)
        file = tmp_path / "phone" / name
        file.write_bytes(os.urandom(size))
        return file

    return make


def words_of(shown: list[str]) -> str:
    """The receipt as a person would type it."""
    return " ".join(re.sub(r"\W+$", "", word) for word in shown)


def fingerprints_in(spool: Path) -> set[str]:
    """SHA-256 of everything that has arrived or is arriving."""
    return {hashlib.sha256(file.read_bytes()).hexdigest() for file in spool.glob("*.bytes")}


def fingerprint(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
