"""The page that says what is kept says what is so: its figures are the settings in force."""

import pytest
from flask.testing import FlaskClient

from evidence.settings import LockMode, Retention
from tests.intake.pages.conftest import NewPages


def test_its_figures_are_the_settings(new_pages: NewPages) -> None:
    pages = new_pages(
        retention=Retention(45), upload_hours=12, max_files_per_tip=7, max_file_bytes=1_500_000_000
    ).test_client()
    page = pages.get("/privacy").text
    assert "deleted 45 days after the last thing that you sent" in page
    assert "taken out again, for 14 days more" in page
    assert "not finished after 12 hours is deleted" in page
    assert "Up to 7 files of up to 1.5\N{NO-BREAK SPACE}GB each" in page


def test_the_same_limits_stand_on_the_first_page(new_pages: NewPages) -> None:
    page = new_pages(max_files_per_tip=7, max_file_bytes=999).test_client().get("/").text
    assert "Up to 7 files of up to 999\N{NO-BREAK SPACE}bytes each" in page


@pytest.mark.parametrize(("mode", "said"), [("COMPLIANCE", True), ("GOVERNANCE", False)])
def test_it_says_where_nothing_can_be_taken_back(new_pages: NewPages, mode: LockMode, said: bool) -> None:
    page = new_pages(retention=Retention(mode=mode)).test_client().get("/privacy").text
    assert ("a tip cannot be taken back" in page) is said


def test_it_says_how_to_take_back_how_long_a_page_is_open_and_what_checks_a_statement(
    new_pages: NewPages,
) -> None:
    key = bytes(range(32))
    page = new_pages(checkpoint_verify_key=key).test_client().get("/privacy").text
    assert "everything you sent is deleted, usually within minutes" in page
    assert "on that page for 2 hours" in page
    assert key.hex() in page
    assert "Signed statements" not in new_pages().test_client().get("/privacy").text


def test_numbers_follow_the_language(new_pages: NewPages) -> None:
    erin: FlaskClient = new_pages(max_file_bytes=1_500_000_000).test_client()
    assert "1,5\N{NO-BREAK SPACE}GB" in erin.get("/privacy?lang=es").text
