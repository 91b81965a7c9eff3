"""A browser without JavaScript: the form works as forms always did."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.intake.conftest import Intake
from tests.web.citizen.conftest import NewFile, Phone, fingerprint, fingerprints_in, words_of


@pytest.fixture
def plain(new_phone: Callable[..., Phone]) -> Page:
    """A phone whose browser runs no script."""
    return new_phone(java_script_enabled=False).page


def test_words_and_files_go_in_and_the_receipt_opens_them(
    plain: Page, door: Intake, spool_dir: Path, new_file: NewFile
) -> None:
    clip, photo = new_file("clip.mp4", 3_000_000), new_file("photo.jpg", 1_000_000)
    plain.goto(door.url)
    assert plain.locator("#record").is_hidden()
    assert "a lost signal means starting again" in plain.inner_text("#tip")
    plain.fill("#what", "A white van")
    plain.fill("#where", "5th and Main")
    plain.set_input_files("#files", [clip, photo])
    plain.click(".send")
    words = plain.locator(".receipt__words li").all_inner_texts()
    assert len(words) == 9
    assert "clip.mp4" in plain.inner_text("main")
    assert fingerprints_in(spool_dir) == {fingerprint(clip), fingerprint(photo)}
    plain.goto(f"{door.url}/r")
    plain.fill("#words", words_of(words))
    plain.click(".send")
    opened = plain.inner_text("main")
    assert "5th and Main" in opened
    assert "3,000,000 bytes" in opened


def test_it_stays_in_spanish_all_the_way(plain: Page, door: Intake) -> None:
    plain.goto(f"{door.url}/")
    plain.click("text=Español")
    plain.fill("#what", "Una camioneta blanca")
    plain.click(".send")
    assert "Anote sus nueve palabras" in plain.inner_text("main")
    assert "Llame al 911" in plain.inner_text("body")
    plain.click("text=Abrir un aviso con nueve palabras")
    assert "Sus nueve palabras" in plain.inner_text("main")


def test_an_empty_form_is_refused_kindly(plain: Page, door: Intake) -> None:
    plain.goto(door.url)
    plain.click(".send")
    assert "That could not be understood" in plain.inner_text("h1")
    assert "Call 911" in plain.inner_text("body")
