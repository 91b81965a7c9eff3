"""What a citizen is told of who wrote a message, and of what is missing; signed statements."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from nacl.signing import SigningKey

from evidence import tips
from evidence.seal import seal_to
from evidence.thread import TipText, messages
from tests.conftest import Database
from tests.intake.pages.conftest import NewPages, Tell
from tests.intake.pages.visiting import KEY, visit_in, visited


def test_what_staff_wrote_is_read_and_named_after_the_agency(
    new_pages: NewPages, tell: Tell, answer: Callable[..., None], database: Database
) -> None:
    erin, words = new_pages(thread_verify_key=KEY).test_client(), tell("A van").receipt.words
    answer("Which <way>?")
    page = erin.post("/r", data={"words": words})
    assert "Which &lt;way&gt;?" in page.text
    assert "Springfield Crime Center</strong>" in page.text
    assert "bob" not in page.text
    assert "could not check" not in page.text
    with database.as_role("console") as conn:
        assert messages(conn, tips.newest(conn)[0].id)[1].read_at is not None


@pytest.mark.parametrize("key", [None, KEY], ids=["no key to check with", "another key"])
def test_what_nobody_vouches_for_is_said_to_be_so(
    new_pages: NewPages, tell: Tell, answer: Callable[..., None], key: bytes | None
) -> None:
    erin, words = new_pages(thread_verify_key=key).test_client(), tell("A van").receipt.words
    answer("Send us money.", SigningKey.generate())
    assert "We could not check that this message is from" in erin.post("/r", data={"words": words}).text


def test_a_message_that_somebody_changed_is_told_and_hides_no_other(
    erin: FlaskClient, tell: Tell, database: Database
) -> None:
    words = tell("A van").receipt.words
    erin.post("/r/messages", data={"visit": visited(erin, words), "text": "Going north"})
    with database.as_admin() as conn:
        conn.execute("UPDATE message SET sealed_citizen = sealed_citizen || '\\x00' WHERE sequence = 2")
    page = erin.post("/r", data={"words": words}).text
    assert "This message was damaged" in page
    assert "A van" in page


def test_a_message_that_somebody_deleted_is_missed(erin: FlaskClient, tell: Tell, database: Database) -> None:
    words = tell("A van").receipt.words
    for text in ("Going north", "Going south"):
        page = erin.post("/r/messages", data={"visit": visited(erin, words), "text": text})
    assert "is missing from our records" not in page.text
    with database.as_admin() as conn:
        conn.execute("DELETE FROM message WHERE sequence = 2")
    assert "is missing from our records" in erin.post("/r", data={"words": words}).text


def test_what_somebody_wrote_in_the_citizen_s_name_is_told(
    erin: FlaskClient, tell: Tell, database: Database
) -> None:
    receipt = tell("A van").receipt
    page = erin.post("/r/messages", data={"visit": visited(erin, receipt.words), "text": "Going north"}).text
    assert "could not check that you wrote" not in page
    false = seal_to(receipt.public_key, TipText(what="It was me").to_bytes())
    with database.as_admin() as conn:
        conn.execute(
            "INSERT INTO message (tip_id, sequence, author, sealed_agency, sealed_citizen)"
            " SELECT id, 3, 'citizen', %s, %s FROM tip",
            [false, false],
        )
    page = erin.post("/r", data={"words": receipt.words}).text
    assert page.count("could not check that you wrote") == 1
    assert page.index("It was me") < page.index("could not check that you wrote")


def test_a_statement_is_handed_out_once_there_is_one(
    new_pages: NewPages, tell: Tell, database: Database
) -> None:
    erin = new_pages(checkpoint_verify_key=KEY).test_client()
    page = erin.post("/r", data={"words": tell("A van").receipt.words}).text
    assert "signed statement" not in page
    handed = erin.post("/r/statement", data={"visit": visit_in(page)})
    assert json.loads(handed.data) == {
        "agency": "Springfield Crime Center",
        "key": KEY.hex(),
        "statements": [],
    }
    assert handed.headers["Cache-Control"] == "no-store"
