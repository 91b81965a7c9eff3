"""What a visit is: whom it opens a thread to, for how long; and that wrong words ask and derive the same."""

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from evidence.thread import Receipt
from intake.pages.visit import VISIT_SECONDS, Visits
from tests.intake.pages.conftest import Tell
from tests.intake.pages.visiting import visit_in


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
