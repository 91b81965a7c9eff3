"""Erin opens the link that a text held: on the smallest screen, with and without script."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evidence.thread import Receipt
from evidence.tips.door import admit_by_text, open_texted_tip
from evidence.tips.link import UploadLink
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.waiting import eventually
from tests.web.citizen.conftest import NewFile, Phone
from tests.web.citizen.test_accessible import NARROWEST, assert_sound

MB = 1_000_000


@pytest.fixture
def link(door: Intake, database: Database) -> str:
    """A link to a tip that came by text, for one file."""
    made, key = UploadLink.new(), base64.b64decode(door.environment["TIPLINE_AGENCY_PUBLIC_KEY"])
    with database.as_role("sms") as conn:
        tip_id = open_texted_tip(
            conn, "A red car", language="en", agency_public_key=key, receipt=Receipt.new()
        )
        admit_by_text(conn, tip_id, made.token, datetime.now(UTC) + timedelta(hours=1), files=1)
    return f"{door.url}/u/{made.code}"


def media_of(database: Database) -> list[tuple[int, bool]]:
    with database.as_admin() as conn:
        return conn.execute("SELECT bytes, tip_id = (SELECT id FROM tip) FROM media").fetchall()


def test_the_original_comes_in_by_the_link(
    erin: Phone, link: str, new_file: NewFile, database: Database
) -> None:
    page = erin.page
    page.goto(link)
    page.set_input_files("#files", new_file("clip.mp4", 6 * MB))
    page.click("#more .send")
    eventually(lambda: media_of(database) == [(6 * MB, True)], "it has arrived")
    expect(page.locator('[data-slot="another"]')).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_it_is_accessible_and_fits_the_smallest_screen(
    new_phone: Callable[..., Phone], link: str, script: bool
) -> None:
    page = new_phone(NARROWEST, java_script_enabled=script).page
    page.goto(link)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROWEST["width"]


def test_a_page_with_the_link_is_sound(erin: Phone, link: str) -> None:
    erin.page.goto(link)
    assert_sound(erin.page, "a personal link")


def test_without_script_it_comes_in_as_a_form(
    new_phone: Callable[..., Phone], link: str, new_file: Callable[[str, int], Path], database: Database
) -> None:
    page: Page = new_phone(NARROWEST, java_script_enabled=False).page
    page.goto(link)
    page.set_input_files("#files", new_file("clip.mp4", 2 * MB))
    page.click("#more .send")
    expect(page.locator(".notice")).to_contain_text("Everything has arrived.")
    assert media_of(database) == [(2 * MB, True)]
