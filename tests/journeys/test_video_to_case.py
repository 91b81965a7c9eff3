"""One video, from a phone with a bad signal to an investigator's case, in a real browser throughout."""

import hashlib
import re
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import CDPSession, Page, expect

from tests.journeys.town import Town
from tests.waiting import eventually

WHAT = "A red pickup ran the light and hit the fence"
CASE = "26-10482"


def set_signal(cdp: CDPSession, *, offline: bool, bytes_per_second: int = -1) -> None:
    cdp.send(
        "Network.emulateNetworkConditions",
        {"offline": offline, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second},
    )


def sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(lambda url: "/signin" not in url)
    page.goto(urljoin(link, "/"))
    expect(page.get_by_role("heading", name="Queue")).to_be_visible()


def percent(page: Page) -> int:
    return int(float(page.locator("#sending progress").first.get_attribute("value") or 0))


def test_one_video_travels_from_a_phone_to_a_case(
    town: Town, phone: Page, desk: Page, other_desk: Page, clip: Path, tmp_path: Path
) -> None:
    sign_in(desk, town.link_for("alice", "reviewer"))
    expect(desk.get_by_text("Nothing is waiting")).to_be_visible()

    # Erin sends, and her signal drops once.
    phone.goto(town.public_url)
    expect(phone.get_by_text("Call 911").first).to_be_visible()
    phone.get_by_label("What did you see?").fill(WHAT)
    phone.get_by_label("Where?").fill("Fortification St at State St")
    phone.get_by_label("When?").fill("Today, about noon")
    phone.set_input_files("#files", clip)
    cdp = phone.context.new_cdp_session(phone)
    cdp.send("Network.enable")
    set_signal(cdp, offline=False, bytes_per_second=6_000_000)
    phone.get_by_role("button", name="Send tip").click()
    words = phone.locator(".receipt__words li")
    expect(words).to_have_count(9)
    eventually(lambda: percent(phone) >= 20, what="a fifth of the upload")

    # Alice sees the tip without reloading, while it is still on its way.
    row = desk.locator(".row").filter(has_text=WHAT)
    expect(row).to_be_visible(timeout=15_000)

    set_signal(cdp, offline=True)
    expect(phone.get_by_text(re.compile("no signal", re.IGNORECASE)).first).to_be_visible(timeout=30_000)
    reached = percent(phone)
    assert reached < 100
    set_signal(cdp, offline=False)
    expect(phone.get_by_text(re.compile("received|arrived", re.IGNORECASE)).first).to_be_visible(
        timeout=60_000
    )
    nine_words = " ".join(words.all_inner_texts())
    phone.screenshot(path=tmp_path / "received.png")

    # It arrives in the queue by itself, and plays.
    expect(row.get_by_text(re.compile(r"Video 0?0:12"))).to_be_visible(timeout=90_000)
    row.get_by_role("link").click()
    desk.get_by_role("button", name="Play video").click()
    video = desk.locator("video")
    expect(video).to_be_visible()
    eventually(lambda: float(video.evaluate("v => v.currentTime")) > 0.5, what="playing")

    # She closes it with a reason, takes that back, and attaches it to a new case.
    desk.keyboard.press("c")
    desk.get_by_label("Not relevant").check()
    desk.get_by_role("button", name="Close tip").click()
    desk.get_by_role("button", name=re.compile("Undo")).click()
    expect(desk.get_by_role("button", name=re.compile("Attach to a case"))).to_be_visible()
    desk.keyboard.press("a")
    desk.get_by_text("Open a new case").click()
    desk.get_by_label("Agency's case number").fill(CASE)
    desk.get_by_label("Title", exact=True).fill("Hit and run at Fortification St")
    desk.get_by_role("button", name="Open case and attach").click()
    expect(desk.locator(".tipcases").get_by_role("link", name=re.compile(CASE))).to_be_visible()

    # Bob finds it in the case, with its history.
    sign_in(other_desk, town.link_for("bob", "investigator"))
    other_desk.goto(f"{town.console_url}/cases")
    other_desk.get_by_role("link", name=re.compile(CASE)).click()
    other_desk.locator(".row").filter(has_text=WHAT).get_by_role("link").click()
    expect(other_desk.get_by_role("button", name="Play video")).to_be_visible()
    assert other_desk.locator(".history .entry").count() >= 10

    # What was stored is what was sent; every step is written down; everything verifies.
    tip = town.wait_settled()
    (media,) = tip["media"]
    assert tip["state"] == "attached"
    assert (media["state"], media["kind"], media["bytes"]) == ("ready", "video", clip.stat().st_size)
    assert media["sha256"] == hashlib.sha256(clip.read_bytes()).hexdigest()
    history = town.show(tip["id"])["history"]
    kinds = [entry["kind"] for entry in history]
    in_order = ["opened", "upload_opened", "received", "sealed", "inspected", "ready", "viewed", "closed",
                "reopened", "attached"]  # fmt: skip
    assert [kind for kind in kinds if kind in in_order] == in_order
    assert kinds.count("derived") == 4
    assert all(entry["at"] and entry["actor"] and len(entry["hash"]) == 64 for entry in history)
    assert "Intact" in town.tipline("verify", "--all").stdout
    assert "Intact" in town.tipline("verify", tip["id"]).stdout

    # The nine words open it again, on any phone.
    phone.goto(f"{town.public_url}/r")
    phone.get_by_label(re.compile("nine words", re.IGNORECASE)).fill(nine_words)
    phone.get_by_role("button").filter(has_text=re.compile("open", re.IGNORECASE)).click()
    expect(phone.get_by_text(media["sha256"][:8]).first).to_be_visible()
    expect(phone.get_by_text(WHAT)).to_be_visible()
