"""Live, from glass to glass: a browser films a clock, others read it from the console's picture.

What the recorder gave out is hashed in the filming page; bytes are lost where no original has that hash.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from bench.cells import CAMERA, NOTICE, RECORDED
from bench.installation import Installation, until
from evidence.db.connect import connect

SECONDS = 12.0
_SETTLED_SECONDS = 4.0
_PATIENCE_MS = 60_000
CUTS_SECONDS = (10.0, 60.0)
_LIVE_MS = 2000
_SEALED_SECONDS = 60.0
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--autoplay-policy=no-user-gesture-required",
    # Windows behind one another go on as if each had a screen of its own.
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
]


@dataclass(frozen=True)
class Seen:
    """Delays in ms of every picture that every viewer saw; how soon each saw the first; shares of one core.

    `first_ms` is from asking for a part until its first picture is on show.
    """

    delays: list[float]
    first_ms: list[int]
    pictures_per_second: float
    door: float
    console: float
    lost_bytes: int

    @property
    def told(self) -> str:
        """The middle, the tail, and how smooth."""
        return told(self.delays, self.pictures_per_second)


@dataclass(frozen=True)
class Cut:
    """The signal was away: how long after its return a viewer saw what was less than 2 s old; bytes lost."""

    live_again_ms: float
    lost_bytes: int


def told(delays: list[float], pictures_per_second: float) -> str:
    """Return delays in ms by their middle and their tail, and how smooth it was."""
    if len(delays) < 2:
        return "no picture moved"
    cuts = statistics.quantiles(delays, n=20)
    return f"{cuts[9]:.0f}, {cuts[18]:.0f} ms, {pictures_per_second:.0f}/s"


@contextmanager
def filming(playwright: Playwright, intake: str, slice_ms: int = 0) -> Iterator[Page]:
    """Somebody is live at the public door; `slice_ms` other than 0 has the recorder cut so."""
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    page = browser.new_page()
    page.add_init_script(CAMERA.replace("SLICE", str(slice_ms)))
    page.goto(f"{intake}/live")
    page.wait_for_selector("#consent .send:not([disabled])", timeout=_PATIENCE_MS)
    page.click("#consent .send")
    page.wait_for_selector("#on-air:not([hidden])", timeout=_PATIENCE_MS)
    try:
        yield page
        _stop(page)
    finally:
        browser.close()


def staff(playwright: Playwright, signin: str) -> Browser:
    """A browser whose first context is signed in."""
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(signin)
    page.get_by_role("button").first.click()
    page.wait_for_url(lambda url: "/signin" not in url, timeout=_PATIENCE_MS)
    return browser


def watch(browser: Browser, signin: str) -> Page:
    """Another viewer of the one broadcast that runs, who sees it."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, storage_state=browser.contexts[0].storage_state()
    )
    # A window of its own: of the pages in one window, one is on show.
    page = context.new_page()
    page.add_init_script(NOTICE)
    page.goto(f"{signin.partition('/signin')[0]}/live")
    page.wait_for_selector("[data-watch]", timeout=_PATIENCE_MS)
    page.click("[data-watch]")
    page.wait_for_function("() => window.pictures.length > 0", timeout=_PATIENCE_MS)
    return page


def glass_to_glass(installation: Installation, slice_ms: int, viewers: int) -> Seen:
    """Film for some seconds, and read what each viewer was shown."""
    with sync_playwright() as playwright, filming(playwright, installation.intake, slice_ms) as phone:
        browser = staff(playwright, installation.signin_again())
        pages = [watch(browser, installation.signin) for _ in range(viewers)]
        time.sleep(_SETTLED_SECONDS)
        before = {name: installation.cpu_seconds(name) for name in ("intake", "console")}
        began = time.monotonic()
        delays = _watched(pages)
        spent = time.monotonic() - began
        used = {name: (installation.cpu_seconds(name) - before[name]) / spent for name in before}
        first = [int(page.locator("[data-showing]").get_attribute("data-first-ms") or 0) for page in pages]
        browser.close()
        recorded = _recorded(phone)
    lost = _lost(installation, recorded)
    smooth = len(delays) / SECONDS / viewers
    return Seen(delays, first, smooth, door=used["intake"], console=used["console"], lost_bytes=lost)


def cut(installation: Installation, seconds: float) -> Cut:
    """Film, take the phone's signal away for some time, and see how soon a viewer is at the present."""
    with sync_playwright() as playwright, filming(playwright, installation.intake) as phone:
        browser = staff(playwright, installation.signin_again())
        viewer = watch(browser, installation.signin)
        time.sleep(_SETTLED_SECONDS)
        phone.context.set_offline(True)
        time.sleep(seconds)
        phone.context.set_offline(False)
        back = viewer.evaluate("() => Date.now()")
        present = f"window.pictures.find(({{at, delay}}) => at > {back} && delay < {_LIVE_MS})"
        viewer.wait_for_function(f"() => {present}", timeout=_PATIENCE_MS)
        again = float(viewer.evaluate(f"() => {present}.at")) - back
        browser.close()
        recorded = _recorded(phone)
    return Cut(again, _lost(installation, recorded))


def _stop(phone: Page) -> None:
    """Stop filming, where nobody has; then all of it is there, and the wall shows it no more."""
    if phone.is_visible("[data-do=stop]"):
        phone.click("[data-do=stop]")
    phone.wait_for_selector("#afterwards[data-state=over]", timeout=_PATIENCE_MS)


def _recorded(phone: Page) -> list[dict[str, object]]:
    """Stop filming, and return what was recorded."""
    _stop(phone)
    recorded: list[dict[str, object]] = phone.evaluate(RECORDED)
    return recorded


def _lost(installation: Installation, recorded: list[dict[str, object]]) -> int:
    """How many bytes were recorded that no sealed original holds, once every part is sealed."""
    with connect(installation.database_url, autocommit=True) as conn:
        unsealed = "SELECT count(*) = 0 FROM media WHERE sha256 IS NULL"
        until(lambda: conn.execute(unsealed).fetchone() == (True,), _SEALED_SECONDS, "the seals")
        sealed = {row[0].hex() for row in conn.execute("SELECT sha256 FROM media")}
    return sum(int(str(one["bytes"])) for one in recorded if one["bytes"] and one["sha256"] not in sealed)


def _watched(pages: list[Page]) -> list[float]:
    """What each page noted in so many seconds."""
    for page in pages:
        page.evaluate("() => { window.pictures.length = 0; }")
    time.sleep(SECONDS)
    return [
        float(delay)
        for page in pages
        for delay in page.evaluate("() => window.pictures.map(({delay}) => delay)")
    ]
