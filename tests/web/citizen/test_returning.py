"""Erin comes back with nine words: with and without script, on the smallest screen, from right to left."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.waiting import eventually
from tests.web.citizen.conftest import NewDoor, NewFile, Phone, fingerprint, fingerprints_in, words_of
from tests.web.citizen.test_accessible import NARROWEST, assert_sound

MB = 1_000_000


def opened(page: Page, door: Intake, language: str = "en") -> str:
    """Open a tip, and come back to it; return its words."""
    page.goto(f"{door.url}/?lang={language}")
    page.fill("#what", "A white van")
    page.click(".send")
    expect(page.locator(".receipt__words li")).to_have_count(9)
    words = words_of(page.locator(".receipt__words li").all_inner_texts())
    come_back(page, door, words, language)
    return words


def come_back(page: Page, door: Intake, words: str, language: str = "en") -> None:
    page.goto(f"{door.url}/r?lang={language}")
    page.fill("#words", words)
    page.click(".send")
    page.wait_for_selector(".talk")


@pytest.fixture
def plain(new_phone: Callable[..., Phone]) -> Page:
    """The smallest phone, whose browser runs no script."""
    return new_phone(NARROWEST, java_script_enabled=False).page


def media_of(database: Database) -> list[tuple[int, bool]]:
    with database.as_admin() as conn:
        return conn.execute(
            "SELECT bytes, tip_id = (SELECT id FROM tip) FROM media ORDER BY received_at"
        ).fetchall()


def test_without_script_erin_writes_sends_a_file_and_takes_it_back(
    plain: Page, door: Intake, new_file: NewFile, database: Database
) -> None:
    clip = new_file("clip.mp4", 2 * MB)
    words = opened(plain, door)
    plain.fill("#text", "It went north.")
    plain.click("text=Send message")
    expect(plain.locator(".said--you")).to_have_count(2)
    plain.set_input_files("#files", clip)
    plain.click("text=Send files")
    expect(plain.locator("main")).to_contain_text("2,000,000 bytes")
    expect(plain.locator(".notice")).to_contain_text("Everything has arrived")
    assert media_of(database) == [(2 * MB, True)]
    assert words not in plain.content()
    plain.click("text=Look for news")
    expect(plain.locator(".said--you")).to_have_count(2)
    plain.click("text=Take this tip back")
    plain.click("text=Take it back")
    expect(plain.locator(".lede")).to_have_text("Your tip was taken back.")


def test_a_form_with_files_that_is_sent_again_adds_them_once(
    plain: Page, door: Intake, new_file: NewFile, database: Database
) -> None:
    opened(plain, door)
    plain.set_input_files("#files", new_file("clip.mp4", MB))
    plain.click("text=Send files")
    expect(plain.locator("main")).to_contain_text("1,000,000 bytes")
    plain.reload()  # the browser posts the form again
    expect(plain.locator("main")).to_contain_text("1,000,000 bytes")
    assert media_of(database) == [(MB, True)]


def test_no_file_chosen_is_said_on_the_page_itself(plain: Page, door: Intake) -> None:
    opened(plain, door)
    plain.click("text=Send files")
    expect(plain.locator(".error--form:visible")).to_have_text("Choose a file first.")
    expect(plain.locator(".said--you")).to_have_count(1)


def test_with_script_files_go_by_uploads_that_survive_a_lost_signal(
    erin: Phone, door: Intake, new_file: NewFile, database: Database, spool_dir: Path
) -> None:
    page, clip = erin.page, new_file("clip.mp4", 12 * MB)
    words = opened(page, door)
    page.wait_for_selector("html.ready")
    erin.choose(clip)
    erin.weaken(3 * MB)
    page.click("text=Send files")
    erin.wait_for_row("sending")
    erin.wait_for_percent(10)
    erin.lose_signal()
    erin.wait_for_row("noSignal")
    erin.weaken(-1)
    erin.wait_for_row("done")
    expect(page.locator("main")).not_to_contain_text("No file has arrived")
    assert media_of(database) == [(12 * MB, True)]
    assert fingerprint(clip) in fingerprints_in(spool_dir)
    page.click("text=See it in your tip")
    expect(page.locator("main")).to_contain_text("12,000,000 bytes")
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert not any(word in kept for word in words.split())


def test_a_link_with_the_words_only_fills_them_in(erin: Phone, door: Intake) -> None:
    page = erin.page
    words = opened(page, door)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{door.url}/r#{quote(words)}")
    expect(page.locator("#words")).to_have_value(words)
    assert page.url == f"{door.url}/r"
    assert not any(word in url for url in asked for word in words.split())
    page.click(".send")
    expect(page.locator(".said--you")).to_contain_text("A white van")
    page.goto("about:blank")
    page.goto(f"{door.url}/r#<script>alert(1)</script>")
    expect(page.locator("#words")).to_have_value("script alert script")


def test_with_script_the_browser_s_own_files_hold_neither_words_nor_messages(
    browser: Browser, door: Intake, tmp_path: Path
) -> None:
    """Whoever takes the phone later: browsers write down the forms that they post, to restore their tabs."""
    kept = browser.browser_type.launch_persistent_context(
        tmp_path / "profile",
        executable_path=os.environ.get("TIPLINE_CHROMIUM", "/usr/bin/chromium"),
        args=["--no-sandbox", "--disable-gpu", "--headless=new", "--no-first-run"],
    )
    page = kept.pages[0]
    words = opened(page, door).split()
    page.fill("#text", "CANARY-it-went-north")
    page.click("text=Send message")
    expect(page.locator(".said--you")).to_have_count(2)
    expect(page.locator(".notice")).to_contain_text("An answer appears here")
    page.goto(f"{door.url}/r")
    kept.close()
    held = b"".join(file.read_bytes() for file in (tmp_path / "profile").rglob("*") if file.is_file())
    assert f"{door.url}/r".encode() in held
    secrets = ["CANARY", "A white van", *(between.join(words[3:5]) for between in (" ", "+", "%20"))]
    for secret in secrets:
        assert secret.encode() not in held, secret
        assert secret.encode("utf-16-le") not in held, secret


def test_what_is_not_answered_is_said_and_nothing_typed_is_lost(erin: Phone, door: Intake) -> None:
    page = erin.page
    words = opened(page, door)
    page.wait_for_selector("html.ready")
    page.fill("#text", "It went north.")
    erin.lose_signal()
    page.click("text=Send message")
    expect(page.locator(".answer .error")).to_have_text("No answer came. Check your signal and try again.")
    expect(page.locator("#text")).to_have_value("It went north.")
    erin.weaken(-1)
    page.click("text=Send message")
    expect(page.locator(".said--you")).to_have_count(2)
    page.goto(f"{door.url}/r")
    page.fill("#words", "nine words that open nothing")
    page.click(".send")
    expect(page.locator(".error--form:visible")).to_contain_text("No tip opens with these words")
    expect(page.locator("#words")).to_have_value("nine words that open nothing")
    erin.lose_signal()
    page.fill("#words", words)
    page.click(".send")
    expect(page.locator(".error--form:visible")).to_have_text(
        "No answer came. Check your signal and try again."
    )
    erin.weaken(-1)
    page.click(".send")
    expect(page.locator(".said--you")).to_have_count(2)


def test_the_receipt_is_saved_as_a_picture(erin: Phone, door: Intake) -> None:
    erin.visit(door)
    erin.page.evaluate("navigator.canShare = undefined")
    erin.page.fill("#what", "A white van")
    erin.send()
    with erin.page.expect_download() as coming:
        erin.press("picture")
    assert coming.value.suggested_filename == "receipt.png"
    content = coming.value.path().read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 5_000


def test_too_many_wrong_words_wait_and_right_ones_wait_with_them(new_door: NewDoor, plain: Page) -> None:
    with new_door(TIPLINE_CLIENT_WRONG_WORDS_PER_HOUR="3") as door:
        words = opened(plain, door)
        for _ in range(5):
            plain.goto(f"{door.url}/r")
            plain.fill("#words", "nine words")
            plain.click(".send")
        expect(plain.locator("main")).to_contain_text("Too many wrong words came from your network")
        plain.goto(f"{door.url}/r")
        plain.fill("#words", words)
        plain.click(".send")
        expect(plain.locator("main")).to_contain_text("Too many wrong words came from your network")
        assert "Call 911" in plain.inner_text("body")


@pytest.fixture(params=[("light", "en"), ("dark", "es")], ids=["light", "dark"])
def reader(request: pytest.FixtureRequest, new_phone: Callable[..., Phone]) -> tuple[Phone, str]:
    scheme, language = request.param
    return new_phone(NARROWEST, color_scheme=scheme, reduced_motion="reduce"), language


def test_every_state_is_sound(reader: tuple[Phone, str], door: Intake, new_file: NewFile) -> None:
    phone, language = reader
    page = phone.page
    words = opened(page, door, language)
    page.wait_for_selector("html.ready")
    assert_sound(page, "an opened tip")
    page.fill("#text", "w" * 200)
    page.click(".answer button")
    expect(page.locator(".said--you")).to_have_count(2)
    assert_sound(page, "a sent message")
    phone.choose(new_file("a_rather_long_name_without_a_space_20261122_213005.mov", 2 * MB))
    page.click("#more .send")
    phone.wait_for_row("done")
    assert_sound(page, "sent files")
    come_back(page, door, words, language)
    page.click(".leaving form:nth-child(2) button")
    assert_sound(page, "taking it back")
    page.click("button[name=sure]")
    assert_sound(page, "taken back")


def test_it_can_be_read_from_right_to_left(erin: Phone, door: Intake, new_file: NewFile) -> None:
    """A pseudo-language: the same words, in a page that runs from right to left."""
    page = erin.page
    page.set_viewport_size(NARROWEST)

    def turn() -> None:
        page.evaluate("document.documentElement.dir = 'rtl'")

    opened(page, door)
    turn()
    assert_sound(page, "an opened tip")
    place = page.locator(".said--you").bounding_box()
    title = page.locator("#talk-title").evaluate(
        "e => getComputedStyle(e).textAlign + getComputedStyle(e).direction"
    )
    assert place
    assert title == "startrtl"
    # What one wrote oneself stands at the line's end, which is now the left.
    assert place["x"] < 320 - (place["x"] + place["width"])
    for path in ("/", "/privacy", "/r"):
        page.goto(door.url + path)
        turn()
        assert_sound(page, path)
        eventually(lambda: page.evaluate("document.dir") == "rtl")
