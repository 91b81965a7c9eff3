"""`POST /tips`: what the page's script does."""

import base64
import hashlib
from collections.abc import Iterator

import httpx
import pytest
from nacl.public import PrivateKey

from evidence.thread import Receipt, TipText, messages, read_for_agency
from tests.conftest import Database
from tests.intake.conftest import Intake

TOLD = {"what": "A white van", "where": "5th and Main", "when": "Noon", "contact": "erin@example.org"}


@pytest.fixture
def erin(intake: Intake) -> Iterator[httpx.Client]:
    """The page's script, in no language of its own."""
    with httpx.Client(base_url=intake.url, headers={"Accept-Language": ""}, verify=False) as client:
        yield client


def test_what_is_told_is_sealed_to_the_agency(
    erin: httpx.Client, database: Database, agency_key: PrivateKey
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


def test_the_answer_holds_a_receipt_a_token_and_the_limits(erin: httpx.Client, database: Database) -> None:
    opened = erin.post("/tips", json=TOLD).json()
    assert len(Receipt.from_words(opened["receipt"]).words.split()) == 9
    assert opened["uploads"] == "/files/"
    assert opened["limits"] == {"files": 25, "bytes": 20_000_000_000, "hours": 72}
    token = base64.urlsafe_b64decode(opened["token"] + "=")
    with database.as_admin() as conn:
        assert conn.execute("SELECT upload_token FROM tip").fetchone() == (hashlib.sha256(token).digest(),)


def test_files_alone_make_a_tip(erin: httpx.Client) -> None:
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
    erin: httpx.Client, database: Database, body: object, code: str
) -> None:
    answer = erin.post("/tips", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    problem = answer.json()
    assert problem["code"] == code
    assert problem["detail"].endswith(".")
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM tip").fetchone() == (0,)


def test_a_body_that_is_no_json_is_refused(erin: httpx.Client) -> None:
    answer = erin.post("/tips", content=b"{not json")
    assert answer.json()["code"] == "not_json"


def test_more_text_than_any_tip_holds_is_refused_unread(erin: httpx.Client) -> None:
    answer = erin.post("/tips", json={"what": "x" * 300_000})
    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"


def test_a_fault_of_ours_is_logged_by_kind_and_place_without_a_word_of_theirs(
    intake: Intake, erin: httpx.Client, database: Database
) -> None:
    with database.as_admin() as admin:
        admin.execute("REVOKE EXECUTE ON FUNCTION intake_open_tip FROM tipline_intake")
    answer = erin.post("/tips", json={"what": "canary-7f3a"})
    assert answer.status_code == 500
    assert "canary-7f3a" not in answer.text
    log = intake.log.read_text()
    assert "InsufficientPrivilege in a tip" in log
    assert "canary-7f3a" not in log
    intake.log.write_text("")


def test_only_a_post_opens_a_tip(erin: httpx.Client) -> None:
    answer = erin.get("/tips")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json()["code"] == "method_not_allowed"


def test_the_browser_s_language_is_the_tip_s_where_the_page_says_none(
    erin: httpx.Client, database: Database
) -> None:
    erin.post("/tips", json={"what": "una camioneta"}, headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.1"})
    erin.post("/tips?lang=es", json={"what": "otra", "language": "xx"})
    with database.as_admin() as conn:
        assert conn.execute("SELECT language FROM tip").fetchall() == [("es",), ("es",)]


def test_half_an_emoji_does_not_cost_the_message(erin: httpx.Client) -> None:
    answer = erin.post("/tips", content=rb'{"what": "a van \ud83d"}')
    assert answer.status_code == 201
