"""`POST /tips`: what the page's script does."""

import base64
import hashlib

import pytest
from flask.testing import FlaskClient
from nacl.public import PrivateKey

from evidence.thread import Receipt, TipText, messages, read_for_agency
from tests.conftest import Database
from tests.intake.pages.conftest import NewPages

TOLD = {"what": "A white van", "where": "5th and Main", "when": "Noon", "contact": "erin@example.org"}


def test_what_is_told_is_sealed_to_the_agency(
    erin: FlaskClient, database: Database, agency_key: PrivateKey
) -> None:
    answer = erin.post("/tips", json={**TOLD, "language": "es"})
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    with database.as_role("console") as conn:
        tip = conn.execute("SELECT id, channel, language, state FROM tip").fetchone()
        assert tip is not None
        assert tip[1:] == ("web", "es", "new")
        [message] = messages(conn, tip[0])
    assert read_for_agency(message, bytes(agency_key)) == TipText(**TOLD)


def test_the_answer_holds_a_receipt_a_token_and_the_limits(erin: FlaskClient, database: Database) -> None:
    opened = erin.post("/tips", json=TOLD).get_json()
    assert len(Receipt.from_words(opened["receipt"]).words.split()) == 9
    assert opened["uploads"] == "/files/"
    assert opened["limits"] == {"files": 25, "bytes": 20_000_000_000, "hours": 72}
    token = base64.urlsafe_b64decode(opened["token"] + "=")
    with database.as_admin() as conn:
        assert conn.execute("SELECT upload_token FROM tip").fetchone() == (hashlib.sha256(token).digest(),)


def test_files_alone_make_a_tip(erin: FlaskClient) -> None:
    assert erin.post("/tips", json={"files": 1}).status_code == 201


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "empty_tip"),
        ({"what": "  \n "}, "empty_tip"),
        ({"what": 5}, "not_text"),
        ({"what": None}, "not_text"),
        ({"what": "x" * 10_001}, "too_long"),
        ({"files": -1}, "not_a_number"),
        ({"files": True}, "not_a_number"),
        (["what"], "not_json"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason(
    erin: FlaskClient, database: Database, body: object, code: str
) -> None:
    answer = erin.post("/tips", json=body)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    problem = answer.get_json(force=True)
    assert problem["code"] == code
    assert problem["detail"].endswith(".")
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM tip").fetchone() == (0,)


def test_a_body_that_is_no_json_is_refused(erin: FlaskClient) -> None:
    answer = erin.post("/tips", data=b"{not json", content_type="application/json")
    assert answer.get_json(force=True)["code"] == "not_json"


def test_more_text_than_any_tip_holds_is_refused_unread(erin: FlaskClient) -> None:
    answer = erin.post("/tips", json={"what": "x" * 300_000})
    assert answer.status_code == 413
    assert answer.get_json(force=True)["code"] == "too_large"


def test_a_fault_of_ours_is_logged_by_kind_and_place_without_a_word_of_theirs(
    new_pages: NewPages, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    erin = new_pages().test_client()
    with database.as_admin() as admin:
        admin.execute("REVOKE EXECUTE ON FUNCTION intake_open_tip FROM tipline_intake")
    answer = erin.post("/tips", json={"what": "canary-7f3a"})
    assert answer.status_code == 500
    assert "canary-7f3a" not in answer.text
    assert "InsufficientPrivilege" in caplog.text
    assert "canary-7f3a" not in caplog.text


def test_half_an_emoji_does_not_cost_the_message(erin: FlaskClient) -> None:
    answer = erin.post("/tips", data=r'{"what": "a van \ud83d"}', content_type="application/json")
    assert answer.status_code == 201
