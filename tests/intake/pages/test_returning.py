"""Coming back with nine words: read, write, take back; and what wrong words get."""

import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from evidence import ledger, tips
from evidence.cases import attachment
from evidence.cases import case as cases
from evidence.media import purging
from evidence.reviewers.reviewer import Reviewer, named
from evidence.reviewers.signin import mint_link
from evidence.seal import seal_to
from evidence.settings import Retention
from evidence.thread import Receipt, StaffKeys, TipText, messages, read_for_agency, reply
from evidence.thread.message import newest_sequence
from evidence.thread.reading import open_for_agency
from intake.pages.visit import VISIT_SECONDS, Visits
from tests.conftest import Database
from tests.intake.pages.conftest import NewPages, Tell

CONSOLE = SigningKey.generate()
KEY = bytes(CONSOLE.verify_key)


def visit_in(page: str) -> str:
    """What the page carries."""
    found = re.search(r'name="visit" value="([^"]+)"', page)
    assert found
    return found[1]


def visited(erin: FlaskClient, words: str) -> str:
    return visit_in(erin.post("/r", data={"words": words}).text)


@pytest.fixture
def bob(database: Database) -> Reviewer:
    with database.as_role("operator") as conn:
        mint_link(conn, "bob", "investigator")
    with database.as_role("console") as conn:
        found = named(conn, "bob")
    assert found
    return found


@pytest.fixture
def answer(database: Database, bob: Reviewer, agency_key: PrivateKey) -> Callable[..., None]:
    """Staff answer the newest tip."""

    def write(text: str, signing: SigningKey = CONSOLE) -> None:
        keys = StaffKeys(bytes(agency_key), bytes(signing))
        with database.as_role("console") as conn:
            tip = tips.newest(conn)[0]
            once = hashlib.sha256(text.encode()).digest()
            seen = newest_sequence(conn, tip.id)
            reply(conn, tip.id, text, actor=bob.actor, keys=keys, once=once, seen=seen)

    return write


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


def test_the_words_are_on_no_page_and_in_no_visit_that_can_be_read(erin: FlaskClient, tell: Tell) -> None:
    words = tell("A van").receipt.words
    page = erin.post("/r", data={"words": words}).text
    visit = visit_in(page)
    for word in words.split():
        assert f">{word}<" not in page
        assert word.encode() not in base64.urlsafe_b64decode(visit)


def test_a_visit_is_over_after_two_hours_and_what_was_written_stays(
    erin: FlaskClient, tell: Tell, settings: Any
) -> None:
    receipt, now = tell("A van").receipt, 1_000_000.0
    made = Visits.of(settings.database_url, lambda: now).begin(receipt)
    assert Visits.of(settings.database_url, lambda: now + VISIT_SECONDS - 1).read(made).receipt == receipt
    late = Visits.of(settings.database_url, lambda: now + VISIT_SECONDS + 1).read(made)
    assert (late.genuine, late.receipt == receipt) == (False, False)
    page = erin.post("/r/messages", data={"visit": made, "text": "Going <north>"})
    assert page.status_code == 404
    assert "What you wrote is still here" in page.text
    again = erin.post("/r", data={"words": receipt.words, "text": "Going <north>"})
    assert ">Going &lt;north&gt;</textarea>" in again.text


@pytest.mark.parametrize("visit", ["", "x", "é", "AAAA" * 30])
@pytest.mark.parametrize("path", ["/r", "/r/messages", "/r/withdraw", "/r/statement", "/r/pass"])
def test_a_made_up_visit_opens_nothing(erin: FlaskClient, tell: Tell, path: str, visit: str) -> None:
    tell("A van")
    page = erin.post(path, data={"visit": visit, "text": "x", "sure": "yes"})
    assert page.status_code == 404
    assert "No tip opens with these words" in page.text


def test_a_visit_of_another_installation_opens_nothing(erin: FlaskClient, tell: Tell) -> None:
    foreign = Visits.of("postgresql://x:another@h/db").begin(tell("A van").receipt)
    assert erin.post("/r", data={"visit": foreign}).status_code == 404


def test_a_tip_is_taken_back_after_a_second_look(erin: FlaskClient, tell: Tell, database: Database) -> None:
    visit = visited(erin, tell("A van").receipt.words)
    asked = erin.post("/r/withdraw", data={"visit": visit})
    assert "Take your tip back?" in asked.text
    assert "Everything you sent is deleted" in asked.text
    with database.as_role("console") as conn:
        assert tips.newest(conn)[0].state == "new"
    done = erin.post("/r/withdraw", data={"visit": visit_in(asked.text), "sure": "yes"})
    assert "Your tip was taken back." in done.text
    assert "Write a message" not in done.text
    assert "Take this tip back" not in done.text
    with database.as_role("console") as conn:
        tip = tips.newest(conn)[0]
        assert tip.state == "withdrawn"
        assert ledger.history(conn, tip.id)[-1].kind == "withdrawn"
    late = erin.post("/r/messages", data={"visit": visit, "text": "Wait"})
    assert late.status_code == 410
    assert "nothing more can be added" in late.text


def test_whoever_comes_back_after_the_end_reads_when_everything_was_deleted(
    erin: FlaskClient, tell: Tell, database: Database
) -> None:
    words = tell("CANARY a van").receipt.words
    open_page = erin.post("/r", data={"words": words}).text
    assert "Everything you sent will be deleted on" in open_page
    erin.post("/r/withdraw", data={"visit": visit_in(open_page), "sure": "yes"})
    assert "is being deleted now" in erin.post("/r", data={"words": words}).text
    retention = Retention()
    with database.as_role("expire") as conn:
        (tip_id,) = purging.due(conn, retention)
        assert purging.begin(conn, tip_id, retention) == "withdrawn"
        assert purging.finish(conn, tip_id)
    page = erin.post("/r", data={"words": words})
    assert page.status_code == 200
    assert "Everything you sent was deleted on" in page.text
    assert "CANARY" not in page.text
    for gone in ("Messages", "You sent no words", "Write a message", "Send more files", "Take this tip back"):
        assert gone not in page.text
    late = erin.post("/r/messages", data={"visit": visit_in(page.text), "text": "Wait"})
    assert late.status_code == 410


def test_the_script_gets_a_visit_for_words_and_the_page_for_a_visit(erin: FlaskClient, tell: Tell) -> None:
    json_please = {"Accept": "application/json"}
    words = tell("A van").receipt.words
    answered = erin.post("/r", data={"words": words}, headers=json_please)
    assert answered.headers["Cache-Control"] == "no-store"
    visit = answered.json["visit"]
    assert "A van" in erin.post("/r", data={"visit": visit}).text
    message = {"visit": visit, "text": "Going north", "key": "k" * 22}
    assert erin.post("/r/messages", data=message, headers=json_please).status_code == 204
    page = erin.post("/r", data={"visit": visit, "said": "written"}).text
    assert "Going north" in page
    assert "An answer appears here" in page
    for path in ("/r", "/r/messages"):
        refused = erin.post(path, data={"words": "nine words", "text": "x"}, headers=json_please)
        assert (refused.status_code, refused.json["code"]) == (404, "unknown_words")


@pytest.mark.parametrize(("site", "status"), [("cross-site", 404), ("same-site", 404), ("same-origin", 200)])
def test_no_other_site_puts_a_citizen_into_a_thread_of_its_own(
    erin: FlaskClient, tell: Tell, site: str, status: int
) -> None:
    """They would take it for theirs, and whoever has its words would read what they write."""
    words = tell("Tell us more here").receipt.words
    page = erin.post("/r", data={"words": words}, headers={"Sec-Fetch-Site": site})
    assert page.status_code == status
    assert ("Tell us more here" in page.text) == (status == 200)


def test_what_is_evidence_cannot_be_taken_back(
    erin: FlaskClient, tell: Tell, database: Database, bob: Reviewer
) -> None:
    visit = visited(erin, tell("A van").receipt.words)
    with database.as_role("console") as conn:
        case = cases.open_case(conn, "26-1", "Vans", bob)
        attachment.attach(conn, case, tips.newest(conn)[0].id, bob)
    page = erin.post("/r/withdraw", data={"visit": visit, "sure": "yes"})
    assert page.status_code == 409
    assert "part of an investigation by now" in page.text
    assert "Take this tip back" not in page.text


def test_where_nothing_can_be_deleted_nothing_is_taken_back(new_pages: NewPages, tell: Tell) -> None:
    erin = new_pages(retention=Retention(mode="COMPLIANCE")).test_client()
    page = erin.post("/r", data={"words": tell("A van").receipt.words}).text
    assert "Take this tip back" not in page
    assert "nothing can be taken back" in page
    refused = erin.post("/r/withdraw", data={"visit": visit_in(page), "sure": "yes"})
    assert refused.status_code == 409
    assert "may not delete anything early" in refused.text


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


@given(st.text() | st.binary(max_size=120).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_whatever_comes_as_a_visit_is_read_or_is_nobody_s(carried: str) -> None:
    assert not Visits.of("postgresql://x:secret@h/db").read(carried).genuine


@contextmanager
def watched() -> Iterator[list[str]]:
    """Every derivation and every statement of this thread, in order; what they hold is left out."""
    seen: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event != "call":
            return
        where, name = frame.f_code.co_filename, frame.f_code.co_name
        if name in ("derive", "public_key_of", "seal_to"):
            seen.append(f"{name} {frame.f_locals.get('purpose', b'')!r}")
        elif name == "execute" and where.endswith("psycopg/connection.py"):
            seen.append(str(frame.f_locals.get("query")))

    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("path", ["/r", "/r/messages", "/r/pass"])
def test_right_wrong_and_mistyped_words_ask_and_derive_the_same(
    erin: FlaskClient, tell: Tell, settings: Any, path: str
) -> None:
    right, wrong = tell("A van").receipt, Receipt.new()
    if path == "/r":
        bodies = [{"words": right.words}, {"words": wrong.words}, {"words": "nine words"}]
    else:
        visits = Visits.of(settings.database_url)
        bodies = [{"visit": visits.begin(right)}, {"visit": visits.begin(wrong)}, {"visit": "made up"}]
    with watched() as warm:
        erin.post(path, data={**bodies[0], "text": "x"})
    assert [line for line in warm if "SELECT intake_" in line]
    runs = []
    for body in bodies:
        with watched() as seen:
            erin.post(path, data={**body, "text": "x"})
        # The page of an opened tip is made after that; what differs there is the page itself.
        last = max(i for i, line in enumerate(seen) if "SELECT intake_" in line)
        runs.append(seen[: last + 1])
    assert runs[0] == runs[1] == runs[2]


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


def test_who_comes_back_to_an_address_they_once_posted_to_is_asked_for_words(erin: FlaskClient) -> None:
    for place in ("files", "messages", "statement", "withdraw"):
        assert "Your nine words" in erin.get(f"/r/{place}").text
    assert erin.get("/r/elsewhere").status_code == 404
