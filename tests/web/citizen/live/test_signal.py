"""A signal that is lost, a killed browser, a slow line: nothing is lost, and now goes first."""

import hashlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

from tests.intake.conftest import Intake
from tests.web.citizen.conftest import PHONE, Phone
from tests.web.citizen.live.conftest import (
    CHROMIUM,
    FAKE_CAMERA,
    WITNESS,
    Broadcasting,
    agree,
    assert_whole,
    film_on,
    go_live,
    kept_on,
    stop,
    until,
)
from tests.web.citizen.live.tunnel import Tunnel

STATE = '[data-slot="state"]'
OUTAGE_MS = 10_000
# Long enough that what is filmed then is a part of its own, shorter than the page waits for an answer.
HANGING_MS = 6_500
SLOW = 125_000


def test_after_ten_seconds_without_a_signal_staff_see_now_first_and_lose_nothing(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    page = erin.page
    go_live(erin, door)
    film_on(page)
    until(lambda: broadcasting.bytes() > 20_000, "the first bytes")
    erin.lose_signal()
    page.evaluate("window.lost = performance.now()")
    page.wait_for_selector(f"{STATE}:has-text('No signal. Saved on this phone')")
    page.wait_for_function("lasts => performance.now() - lost > lasts", arg=OUTAGE_MS)
    before = broadcasting.bytes()
    erin.weaken(-1)
    until(lambda: broadcasting.why() == ["start", "backlog"], "a part of what is filmed now")
    until(lambda: broadcasting.films()[1].content, "its bytes")
    page.wait_for_selector(f"{STATE}:text-is('Live')")
    assert broadcasting.bytes() > before
    film_on(page, 10_000)
    stop(page)
    assert_whole(page, broadcasting)


def test_a_line_that_hangs_in_a_tunnel_is_given_up_as_soon_as_another_works(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    page = erin.page
    with Tunnel(door.port) as tunnel:
        page.add_init_script(WITNESS)
        agree(page, f"http://127.0.0.1:{tunnel.port}/live")
        until(lambda: broadcasting.bytes() > 20_000, "the first bytes")
        tunnel.enter()
        page.evaluate("window.lost = performance.now()")
        page.wait_for_selector(f"{STATE}:has-text('No signal. Saved on this phone')")
        page.wait_for_function("lasts => performance.now() - lost > lasts", arg=HANGING_MS)
        tunnel.leave()
        until(lambda: broadcasting.why() == ["start", "backlog"], "a part of what is filmed now")
        page.wait_for_selector(f"{STATE}:text-is('Live')")
        film_on(page, 10_000)
        stop(page)
    assert_whole(page, broadcasting)


@pytest.fixture
def launch(playing: Playwright, tmp_path: Path) -> Iterator[Callable[..., BrowserContext]]:
    """Start a Chromium on one profile; a second one finds what the first had kept."""
    contexts: list[BrowserContext] = []

    def start(*arguments: str) -> BrowserContext:
        context = playing.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path=CHROMIUM,
            args=[*FAKE_CAMERA, *arguments],
            viewport=PHONE,
        )
        context.add_init_script(WITNESS)
        contexts.append(context)
        return context

    yield start
    for context in contexts:
        context.close()


def _kill(profile: Path) -> None:
    """Kill the browser of a profile, as an empty battery does."""
    lock = os.readlink(profile / "SingletonLock")
    os.kill(int(lock.rsplit("-", 1)[1]), signal.SIGKILL)


def _offline(context: BrowserContext, page: Page) -> None:
    radio = context.new_cdp_session(page)
    radio.send("Network.enable")
    nothing = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    radio.send("Network.emulateNetworkConditions", nothing)


def _kept_hash(page: Page) -> str:
    """SHA-256 of the film as it lies on the device, and nothing else."""
    kept: str = page.evaluate(
        """async () => {
            const open = indexedDB.open("tipline.live");
            await new Promise((resolve) => (open.onsuccess = resolve));
            const asked = open.result.transaction("chunks").objectStore("chunks").getAll();
            await new Promise((resolve) => (asked.onsuccess = resolve));
            const bytes = await new Blob(asked.result.map(({ bytes }) => bytes)).arrayBuffer();
            open.result.close();
            const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
            return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
        }"""
    )
    return kept


@pytest.mark.parametrize("going_on", [True, False], ids=["goes on", "sends the rest"])
def test_a_killed_browser_opened_again_sends_what_it_had_kept(
    launch: Callable[..., BrowserContext],
    door: Intake,
    broadcasting: Broadcasting,
    tmp_path: Path,
    going_on: bool,
) -> None:
    context = launch()
    page = context.pages[0]
    agree(page, f"{door.url}/live")
    film_on(page)
    until(lambda: broadcasting.bytes() > 10_000, "the first bytes")
    _offline(context, page)
    there = broadcasting.bytes()
    film_on(page)
    _kill(tmp_path / "profile")
    page = launch().pages[0]
    page.goto(f"{door.url}/live")
    page.wait_for_selector("#left:not([hidden])")
    kept = _kept_hash(page)
    if going_on:
        page.click("#consent .send")
        page.wait_for_selector("#on-air:not([hidden])")
        film_on(page, 10_000)
        stop(page)
    else:
        page.click('[data-do="rest"]')
        page.wait_for_selector('#afterwards[data-state="over"]')
    first, *others = broadcasting.films()
    assert first.sha256 == kept
    assert len(first.content) > there
    assert [other.sha256 for other in others] == page.evaluate("emittedHashes()")
    assert [other.part.why for other in others] == (["resumed"] if going_on else [])
    assert all((film.part.chain_holds, film.part.settled) == (True, True) for film in (first, *others))
    assert all(film.frames() > 0 for film in (first, *others))
    assert page.locator(".receipt__words li").count() == 9, "they had not been shown yet"
    assert kept_on(page) == 0


@pytest.fixture(scope="module")
def noise(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film that no encoder makes small, for a camera."""
    path = tmp_path_factory.mktemp("camera") / "noise.y4m"
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error",
            "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=15:duration=2,noise=alls=25:allf=t",
            "-pix_fmt", "yuv420p", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path


def test_on_a_slow_line_the_picture_gets_coarser_and_staff_do_not_fall_behind(
    launch: Callable[..., BrowserContext], door: Intake, broadcasting: Broadcasting, noise: Path
) -> None:
    context = launch(f"--use-file-for-fake-video-capture={noise}")
    page = context.pages[0]
    radio = context.new_cdp_session(page)
    radio.send("Network.enable")
    slow = {"offline": False, "latency": 40, "downloadThroughput": -1, "uploadThroughput": SLOW}
    agree(page, f"{door.url}/live", sound=False)
    radio.send("Network.emulateNetworkConditions", slow)
    page.wait_for_function("() => emitted[emitted.length - 1].bits < 1_000_000", timeout=90_000)
    page.wait_for_function("() => emitted[emitted.length - 1].chunks.length > 8", timeout=90_000)
    until(lambda: (broadcasting.session().behind_ms or 0) < 2_000, "staff see what is filmed now")
    assert "bitrate" in broadcasting.why()
    radio.send("Network.emulateNetworkConditions", {**slow, "latency": 0, "uploadThroughput": -1})
    stop(page)
    films = assert_whole(page, broadcasting)
    assert len({hashlib.sha256(film.content).digest() for film in films}) == len(films)
