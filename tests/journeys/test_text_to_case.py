"""A photo and a sentence by text; staff ask for the longer clip; the link, STOP, and the words after it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from PIL import Image
from playwright.sync_api import Page, expect

from tests.journeys.test_video_to_case import sign_in
from tests.journeys.town import Town, running_town
from tests.waiting import eventually
from tipline.up.instance import phone_of

ERIN = "+16015550123"
WHAT = "A red pickup hit the fence on Oak Ave"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_town(tmp_path_factory.mktemp("town") / "var", {"TIPLINE_SMS_QUIET_HOURS": "off"}) as town:
        yield town


def texts(town: Town, text: str, *more: str) -> str:
    """Text from Erin's phone, and return what it shows after it."""
    return town.tipline("sms", text, "--from", ERIN, "--wait", "60", *more).stdout


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[1]


def test_a_text_becomes_a_conversation_that_stop_does_not_end(
    town: Town, phone: Page, desk: Page, clip: Path, tmp_path: Path
) -> None:
    sign_in(desk, town.link_for("alice", "reviewer"))
    Image.new("RGB", (640, 480), "red").save(tmp_path / "photo.jpg")
    answer = texts(town, WHAT, "--media", str(tmp_path / "photo.jpg"))
    assert "In danger? Call 911." in answer
    words, link = (found(r"/r : ([a-z -]+)\.", answer), found(r"(\S+/u/\w+)", answer))

    # Alice sees the tip without reloading, and asks.
    row = desk.locator(".row").filter(has_text=WHAT)
    expect(row).to_be_visible(timeout=15_000)
    tip = town.tips()[0]
    desk.goto(f"{town.console_url}/tips/{tip['id']}")
    desk.get_by_label("Write to the citizen").fill("Do you have the longer clip?")
    desk.keyboard.press("Control+Enter")
    standing = desk.locator(".say__standing").first
    expect(standing).to_contain_text("Text delivered", timeout=30_000)

    # Erin reads it on her phone, and sends the original by the link that she was given.
    phone.goto(link)
    phone.set_input_files("#files", clip)
    phone.locator("#more .send").click()
    eventually(lambda: len(town.tips()[0]["media"]) == 2, "the photo and the clip")
    texts(town, "It is longer now", "--wait", "0")
    expect(desk.locator(".say--citizen")).to_contain_text("Tipster", timeout=15_000)

    # She has had enough of texts; the words still open the thread, and what staff write is there alone.
    assert "9 words still open your tip" in texts(town, "Stop texting me")
    desk.reload()
    desk.get_by_label("Write to the citizen").fill("Thank you, that is the one.")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".say__standing").last).to_contain_text("Not texted: they said STOP")
    phone.goto(f"{town.public_url}/r")
    phone.locator("#words").fill(words)
    phone.locator(".send").click()
    expect(phone.locator(".talk")).to_contain_text("Thank you, that is the one.")
    town.wait_settled(files=2)
    played = phone_of(town.data, ERIN)
    shown = requests.get(played.url, auth=played.login, timeout=10).json()["messages"]
    bodies = " ".join(message["body"] for message in shown)
    assert "longer clip" in bodies
    assert "Thank you" not in bodies
    assert town.tipline("verify", tip["id"]).returncode == 0
