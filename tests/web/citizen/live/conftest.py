"""Erin films: a real Chromium with a fake camera before a real door; and a witness of what recorders give."""

import hashlib
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import av
import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from evidence.live.session import LiveSession, Part, get, parts_of
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.waiting import eventually
from tests.web.citizen.conftest import Phone

CHROMIUM = os.environ.get("TIPLINE_CHROMIUM", "/usr/bin/chromium")
FAKE_CAMERA = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
# Beside the page: every chunk of every recorder as it was given out, before the page has seen it.
WITNESS = """
window.emitted = [];
const Real = window.MediaRecorder;
window.MediaRecorder = class extends Real {
  constructor(stream, options) {
    super(stream, options);
    const chunks = [];
    emitted.push({ chunks, bits: options.videoBitsPerSecond, at: performance.now() });
    this.addEventListener("dataavailable", ({ data }) => data.size && chunks.push(data));
  }
};
window.emittedBytes = () => emitted.flatMap(({ chunks }) => chunks).reduce((sum, { size }) => sum + size, 0);
window.emittedHashes = async () => {
  const hashes = [];
  for (const { chunks } of emitted) {
    if (chunks.length === 0) continue;
    const bytes = await new Blob(chunks).arrayBuffer();
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    hashes.push([...hash].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  return hashes;
};
"""


@pytest.fixture(scope="module")
def playing() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playing: Playwright) -> Iterator[Browser]:
    """A Chromium whose camera is a moving pattern, and whose microphone beeps."""
    chromium = playing.chromium.launch(executable_path=CHROMIUM, args=FAKE_CAMERA)
    yield chromium
    chromium.close()


@dataclass(frozen=True)
class Stored:
    """One part of a broadcast, as the database and the spool have it."""

    part: Part
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def frames(self) -> int:
        """How many pictures decode; fails where one does not."""
        with av.open(io.BytesIO(self.content), "r") as film:
            return len(list(film.decode(video=0)))


@dataclass
class Broadcasting:
    """What the door has of the one broadcast of a test."""

    database: Database
    spool: Path

    def session(self) -> LiveSession:
        with self.database.as_role("console") as conn:
            return get(conn, self._id())

    def stored(self) -> list[Stored]:
        """Every part, in order, with the bytes that the spool has."""
        with self.database.as_role("console") as conn:
            parts = parts_of(conn, self._id())
        return [Stored(part, (self.spool / f"{part.upload_id}.bytes").read_bytes()) for part in parts]

    def films(self) -> list[Stored]:
        return [stored for stored in self.stored() if stored.part.kind == "film"]

    def bytes(self) -> int:
        return sum(len(stored.content) for stored in self.stored())

    def why(self) -> list[str]:
        return [stored.part.why for stored in self.films()]

    def _id(self) -> UUID:
        with self.database.as_admin() as conn:
            [(session_id,)] = conn.execute("SELECT id FROM live_session").fetchall()
        found: UUID = session_id
        return found


@pytest.fixture
def broadcasting(database: Database, spool_dir: Path) -> Broadcasting:
    return Broadcasting(database, spool_dir)


def agree(page: Page, address: str, **choices: bool) -> None:
    """Open the page, agree, and wait until the picture moves."""
    page.goto(address)
    start_filming(page, **choices)


def start_filming(page: Page, **choices: bool) -> None:
    """Agree on the page that is open, and wait until the picture moves."""
    page.wait_for_selector("#consent .send:not([disabled])")
    for name, wanted in choices.items():
        page.set_checked(f"[name={name}]", wanted)
    page.click("#consent .send")
    page.wait_for_selector("#on-air:not([hidden])")


def go_live(phone: Phone, door: Intake, path: str = "/live", **choices: bool) -> None:
    """Erin goes live, under a witness."""
    phone.page.add_init_script(WITNESS)
    agree(phone.page, door.url + path, **choices)


def film_on(page: Page, bytes_more: int = 40_000) -> None:
    """Wait until so many bytes more were recorded."""
    have = page.evaluate("emittedBytes()")
    page.wait_for_function("least => emittedBytes() >= least", arg=have + bytes_more, timeout=90_000)


def stop(page: Page) -> None:
    """Press the large button, and wait until everything has arrived."""
    page.click('[data-do="stop"]')
    page.wait_for_selector('#afterwards[data-state="over"]', timeout=90_000)


def assert_whole(page: Page, broadcasting: Broadcasting) -> list[Stored]:
    """What the door has is what the recorders gave out, byte for byte; it says so itself, and it decodes."""
    films = broadcasting.films()
    assert [film.sha256 for film in films] == page.evaluate("emittedHashes()")
    for stored in broadcasting.stored():
        assert (stored.part.chain_holds, stored.part.settled) == (True, True), stored.part
        assert stored.part.bytes == stored.part.media_bytes == len(stored.content)
    assert all(film.frames() > 0 for film in films)
    return films


KEPT = """async () => {
    const open = indexedDB.open("tipline.live");
    await new Promise((resolve) => (open.onsuccess = resolve));
    const names = [...open.result.objectStoreNames];
    if (names.length === 0) return 0;
    const reading = open.result.transaction(names);
    const counts = names.map((name) => reading.objectStore(name).count());
    await new Promise((resolve) => (reading.oncomplete = resolve));
    open.result.close();
    return counts.reduce((sum, { result }) => sum + result, 0);
}"""


def kept_on(page: Page) -> int:
    """How many records of broadcasts lie on the device."""
    count: int = page.evaluate(KEPT)
    return count


def until(look: Callable[[], Any], what: str) -> None:
    eventually(lambda: bool(look()), what)
