"""Coming back with nine words: read, and write; a message goes in once."""

import base64
import hashlib

import pytest
from flask.testing import FlaskClient
from nacl.public import PrivateKey

from evidence import tips
from evidence.thread import messages, read_for_agency
from evidence.thread.reading import open_for_agency
from tests.conftest import Database
from tests.intake.pages.conftest import Tell
from tests.intake.pages.visiting import visit_in, visited


def test_a_message_goes_in_once_and_only_the_agency_reads_it(
    erin: FlaskClient, tell: Tell, database: Database, agency_key: PrivateKey
) -> None:
    visit = visited(erin, tell("A van").receipt.words)
    for _ in range(2):
        page = erin.post("/r/messages", data={"visit": visit, "key": "k", "text": "Going\r\nnorth"})
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"
        assert page.text.count("Going\nnorth") == 1
        assert "An answer appears here" in page.text
    with database.as_role("console") as conn:
        tip = tips.newest(conn)[0]
        assert [read_for_agency(one, bytes(agency_key)).what for one in messages(conn, tip.id)] == [
            "A van",
            "Going\nnorth",
        ]
        assert tip.waits


@pytest.mark.parametrize(("text", "told"), [(" ", "Write something first."), ("x" * 10_001, "Shorten what")])
def test_a_refused_message_says_why_and_is_not_lost(
    erin: FlaskClient, tell: Tell, text: str, told: str
) -> None:
    visit = visited(erin, tell("A van").receipt.words)
    page = erin.post("/r/messages", data={"visit": visit, "text": text})
    assert page.status_code == 400
    assert told in page.text
    assert f">{text}</textarea>" in page.text


def test_the_script_gets_a_token_that_binds_uploads_to_this_tip(
    erin: FlaskClient, tell: Tell, database: Database
) -> None:
    visit = visited(erin, tell("A van").receipt.words)
    answered = erin.post("/r/pass", data={"visit": visit}, headers={"Accept": "application/json"})
    assert answered.status_code == 201
    assert answered.headers["Cache-Control"] == "no-store"
    token = base64.urlsafe_b64decode(answered.json["token"] + "=")
    with database.as_admin() as conn:
        row = conn.execute("SELECT token_sha256, tip_id = (SELECT id FROM tip) FROM upload_pass").fetchone()
    assert row == (hashlib.sha256(token).digest(), True)


@pytest.mark.parametrize(("said", "seen"), [("1", 1), ("", 0), ("-1", 0), ("\u0663", 0), ("99999", 0)])
def test_a_message_says_what_its_writer_had_seen(
    erin: FlaskClient, tell: Tell, database: Database, agency_key: PrivateKey, said: str, seen: int
) -> None:
    page = erin.post("/r", data={"words": tell("A van").receipt.words}).text
    assert 'name="seen" value="1"' in page
    erin.post("/r/messages", data={"visit": visit_in(page), "text": "Going north", "seen": said})
    with database.as_role("console") as conn:
        written = open_for_agency(messages(conn, tips.newest(conn)[0].id)[1], bytes(agency_key))
    assert written.authorship
    assert written.authorship.seen == seen


def test_another_text_in_the_same_form_is_another_message(erin: FlaskClient, tell: Tell) -> None:
    visit = visited(erin, tell("A van").receipt.words)
    for text in ("Going north", "Going south"):
        page = erin.post("/r/messages", data={"visit": visit, "key": "the same key", "text": text})
    assert "Going north" in page.text
    assert "Going south" in page.text


def test_who_comes_back_to_an_address_they_once_posted_to_is_asked_for_words(erin: FlaskClient) -> None:
    for place in ("files", "messages", "statement", "withdraw"):
        assert "Your nine words" in erin.get(f"/r/{place}").text
    assert erin.get("/r/elsewhere").status_code == 404
