"""Every copy plays to its end in the browsers that staff have: Chromium, and Debian's Firefox."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.media.copies import Copies
from tests.media.corpus import BECOMES
from tests.workers.playing.serving import served

HERE = Path(__file__).parent
PLAYED = [name for name, becomes in BECOMES.items() if becomes.way in ("remux", "transcode", "sound")]
AT_ONCE = 6
PATIENCE_SECONDS = 60
_INTO_THE_FLASH = 0.05


@pytest.fixture(scope="module")
def site(copies: Copies) -> Iterator[str]:
    """The address of the copies, and of the page that plays them."""
    copies.ahead(PLAYED)
    with served({"play.html": HERE / "play.html", **{name: copies[name].path for name in PLAYED}}) as address:
        yield address


Films = list[dict[str, Any]]


def films(address: str) -> Films:
    """What to play, and when to look at it: in the middle of the flash."""
    flashes = {name: BECOMES[name].flash for name in PLAYED}
    return [
        {"url": f"{address}/{name}", "look": None if flash is None else flash + _INTO_THE_FLASH}
        for name, flash in flashes.items()
    ]


def in_chromium(browser: Browser, address: str) -> dict[str, Any]:
    page = browser.new_page()
    page.goto(f"{address}/play.html")
    told = [films(address), AT_ONCE, PATIENCE_SECONDS]
    outcomes: dict[str, Any] = page.evaluate("told => playAll(...told)", told)
    page.close()
    return outcomes


def in_firefox(address: str) -> dict[str, Any]:
    firefox = os.environ.get("TIPLINE_FIREFOX", "/usr/bin/firefox-esr")
    played = subprocess.run(
        ("node", str(HERE / "firefox.mjs"), firefox, f"{address}/play.html", json.dumps(films(address))),
        capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert played.returncode == 0, played.stderr
    outcomes: dict[str, Any] = json.loads(played.stdout)
    return outcomes


@pytest.mark.parametrize("program", ["chromium", "firefox"])
def test_every_copy_plays_to_its_end_upright_and_at_its_moment(
    site: str, request: pytest.FixtureRequest, program: str
) -> None:
    outcomes = (
        in_firefox(site) if program == "firefox" else in_chromium(request.getfixturevalue("browser"), site)
    )
    assert {url.rpartition("/")[2] for url in outcomes} == set(PLAYED)
    wrong = {url.rpartition("/")[2]: _wrong(url.rpartition("/")[2], o) for url, o in outcomes.items()}
    assert {name: faults for name, faults in wrong.items() if faults} == {}


def _wrong(name: str, outcome: dict[str, Any]) -> list[str]:
    """What is wrong with how a browser played a copy."""
    becomes = BECOMES[name]
    if outcome["how"] != "ended":
        return [outcome["how"]]
    faults = []
    if outcome["duration"] != pytest.approx(becomes.seconds, abs=0.1):
        faults.append(f"lasts {outcome['duration']}")
    if becomes.way == "sound":
        return faults
    if (outcome["width"], outcome["height"]) != becomes.shown:
        faults.append(f"is {outcome['width']}x{outcome['height']}")
    if outcome["seen"]:
        red, green, blue = outcome["seen"]["corner"]
        if becomes.corner and not (red > 170 and green < 90 and blue < 90):
            faults.append(f"its corner is {outcome['seen']['corner']}")
        if min(outcome["seen"]["middle"]) < 170:
            faults.append(f"it does not flash at its moment: {outcome['seen']['middle']}")
    return faults
