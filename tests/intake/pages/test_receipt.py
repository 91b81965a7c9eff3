"""The nine words: shown once, and what they open."""

import base64
import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from evidence.media import door as media
from evidence.thread import Receipt
from intake.pages import render_receipt
from tests.conftest import Database
from tests.intake.pages.conftest import NewPages, Tell


def test_nine_words_open_what_was_written(erin: FlaskClient, tell: Tell) -> None:
    words = tell("A <white> van").receipt.words
    page = erin.post("/r", data={"words": words})
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert "A &lt;white&gt; van" in page.text
    assert "Your tip has been received." in page.text
    assert words not in page.text


def test_words_may_be_typed_carelessly(erin: FlaskClient, tell: Tell) -> None:
    words = tell("A van").receipt.words
    assert erin.post("/r", data={"words": f" {words.upper().replace(' ', ', ')}.\n"}).status_code == 200


def test_mistyped_and_unknown_words_fail_alike(erin: FlaskClient, tell: Tell) -> None:
    tell("A van")
    answers = [erin.post("/r", data={"words": words}) for words in ("", "one two", Receipt.new().words)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert "No tip opens with these words" in answers[0].text


def test_words_in_the_address_open_nothing(erin: FlaskClient, tell: Tell) -> None:
    words = tell("A van").receipt.words
    assert "A van" not in erin.get("/r", query_string={"words": words}).text


def test_an_arrived_file_is_shown_with_size_state_and_time(
    erin: FlaskClient, tell: Tell, database: Database
) -> None:
    opened = tell("")
    _receive(database, opened.token_text, 104_857_600)
    page = erin.post("/r", data={"words": opened.receipt.words}).text
    assert "104.9\N{NO-BREAK SPACE}MB" in page
    assert "104,857,600 bytes" in page
    assert "Arrived completely; being sealed" in page
    assert "Computed when the file is sealed" in page
    assert re.search(r"Received</dt><dd>.+ \d{1,2}:\d\d:\d\d\N{NO-BREAK SPACE}[AP]M UTC</dd>", page)


def test_every_state_has_its_words(erin: FlaskClient, tell: Tell, database: Database) -> None:
    words = tell("A van").receipt.words
    for state, told in [("closed", "looked at and closed"), ("attached", "part of an investigation")]:
        with database.as_admin() as conn:
            conn.execute(
                "UPDATE tip SET state = %s, closed_reason = CASE WHEN %s = 'closed' THEN 'spam' END",
                [state, state],
            )
        assert told in erin.post("/r", data={"words": words}).text


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "Write down your nine words"), ("es", "Anote sus nueve palabras")]
)
def test_the_form_without_script_gets_its_receipt(new_pages: NewPages, lang: str, told: str) -> None:
    app: Flask = new_pages(url="https://tips.city.gov")
    receipt = Receipt.new().words
    page = render_receipt(app, lang, receipt, [("<clip>.mp4", 3_000_000)])
    assert re.findall(r"<li>([a-z-]+)</li>", page) == receipt.split()
    assert told in page
    assert "&lt;clip&gt;.mp4" in page
    assert "https://tips.city.gov/r" in page
    assert "<script" not in page


def _receive(database: Database, token: str, size: int) -> None:
    upload, tomorrow = uuid4(), datetime.now(UTC) + timedelta(days=1)
    with database.as_role("intake") as conn:
        media.open_upload(
            conn, upload, token=base64.urlsafe_b64decode(token + "="), max_files=25, expires_at=tomorrow
        )
        media.finish_upload(conn, upload, size=size, leaves_sha256=bytes(32), sealed_name=b"sealed")
