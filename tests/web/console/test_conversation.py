"""Staff and citizen talk: what is written is there once, in the citizen's language, and by nobody's name."""

import re

import pytest
from playwright.sync_api import Page, expect

from evidence import ledger
from tests.web.console.conftest import DESK, PHONE, Running, sign_in
from web.console.canned import BLANK


def test_alice_asks_and_learns_when_it_was_read(page: Page, running: Running) -> None:
    town, tip_id = running.town, running.town.tip("A red car")
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    talk = page.locator("#conversation")
    expect(talk).to_contain_text("Nobody has written since.")
    page.keyboard.press("r")
    page.keyboard.type("Which way did it go?")
    page.keyboard.press("Control+Enter")
    expect(talk.locator(".say--staff")).to_contain_text("Which way did it go?")
    expect(talk.locator(".say--staff")).to_contain_text("alice")
    expect(talk.locator(".say__standing")).to_have_text("Sent, not opened yet")
    expect(page.get_by_label("Write to the citizen")).to_have_value("")
    assert town.reads(tip_id) == ["Which way did it go?"]
    expect(talk.locator(".say__standing")).to_have_text(re.compile("Read"))
    town.writes(tip_id, "Towards the bridge.")
    expect(talk.locator(".say--citizen")).to_contain_text("Towards the bridge.")
    expect(page.locator("#history")).to_contain_text("Wrote again")
    expect(page.locator("#letter")).not_to_contain_text("bridge")


def test_a_draft_survives_whatever_happens_meanwhile(page: Page, running: Running) -> None:
    town, tip_id = running.town, running.town.tip("A red car")
    bob = town.person("bob", "reviewer")
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    draft = page.get_by_label("Write to the citizen")
    draft.press_sequentially("Which way")
    town.writes(tip_id, "It went north.")
    expect(page.locator(".say--citizen")).to_contain_text("north")
    expect(draft).to_have_value("Which way")
    expect(draft).to_be_focused()
    town.replies(tip_id, "Thank you.", bob)
    expect(page.locator(".say--staff")).to_contain_text("bob")
    expect(draft).to_have_value("Which way")


def test_ready_texts_are_in_the_citizen_s_language_and_want_their_blanks_filled(
    page: Page, running: Running
) -> None:
    tip_id = running.town.tip("Un coche rojo", language="es")
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    page.get_by_text("Ready texts").click()
    page.get_by_role("button", name="A moment of it").click()
    draft = page.get_by_label("Write to the citizen")
    expect(draft).to_have_value(f"Cuéntenos más sobre este momento: {BLANK}")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#notices")).to_contain_text("Fill in the blank")
    draft.focus()
    page.evaluate("document.querySelector('#reply-text').select()")
    page.get_by_text("Ready texts").click()
    page.get_by_role("button", name="Longer clip").click()
    page.get_by_role("button", name="Send Ctrl").click()
    expect(page.locator(".say--staff")).to_contain_text("¿Tiene una grabación más larga")
    (sent,) = running.town.reads(tip_id)
    assert "{" not in sent
    assert f"{running.settings.intake_url}/r" in sent


def test_the_same_answer_is_sent_once_and_who_was_overtaken_is_told(running: Running) -> None:
    town, tip_id, client = running.town, running.town.tip("A red car"), running.signed_in()
    for _ in range(2):
        answer = client.post(f"/tips/{tip_id}/messages", data={"text": "Thank you.", "seen": "1"})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/tips/{tip_id}#conversation")
    assert town.reads(tip_id) == ["Thank you."]
    bob = running.signed_in("bob", "investigator")
    late = bob.post(
        f"/tips/{tip_id}/messages",
        data={"text": "Thanks!", "seen": "1"},
        headers={"Accept": "application/json"},
    )
    assert (late.status_code, late.json()["code"]) == (409, "thread_moved")
    assert town.reads(tip_id) == ["Thank you."]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"text": "", "seen": "1"}, "empty_message"),
        ({"text": "x" * 10_001, "seen": "1"}, "too_long"),
        ({"text": f"At {BLANK}", "seen": "1"}, "blank_left"),
        ({"text": "Hello", "seen": "one"}, "bad_seen"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_a_sentence(
    running: Running, data: dict[str, str], code: str
) -> None:
    tip_id, client = running.town.tip("A red car"), running.signed_in()
    answer = client.post(f"/tips/{tip_id}/messages", data=data, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert running.town.reads(tip_id) == []


def test_an_auditor_reads_that_it_was_written_and_not_what(running: Running) -> None:
    town, tip_id = running.town, running.town.tip("A red car")
    town.replies(tip_id, "Which way did it go?", town.person("bob", "reviewer"))
    dave = running.signed_in("dave", "auditor")
    seen = dave.get(f"/tips/{tip_id}").text
    assert "Wrote to the citizen" in seen
    assert "Which way" not in seen
    assert dave.post(f"/tips/{tip_id}/messages", data={"text": "x", "seen": "2"}).status_code == 403


def test_who_writes_again_is_seen_in_the_queue_until_somebody_answers(page: Page, running: Running) -> None:
    town, tip_id = running.town, running.town.tip("A red car")
    town.close(tip_id, "resolved", town.person("bob", "reviewer"))
    sign_in(page, running)
    page.goto("/?state=answers")
    expect(page.get_by_role("heading", name="Nobody waits for an answer")).to_be_visible()
    town.writes(tip_id, "It is back.")
    expect(page.locator(".row")).to_contain_text("wrote again")
    page.goto(f"/tips/{tip_id}")
    page.get_by_role("button", name="Nothing to answer").click()
    expect(page.locator("#history")).to_contain_text("Said that there is nothing to answer")
    expect(page.get_by_role("button", name="Nothing to answer")).to_have_count(0)
    town.writes(tip_id, "Again.")
    expect(page.get_by_role("button", name="Nothing to answer")).to_have_count(1)
    town.replies(tip_id, "We are coming.", town.person("bob", "reviewer"))
    page.goto("/?state=answers")
    expect(page.locator(".row")).to_have_count(0)


def test_nobody_answers_who_could_not_read_it(running: Running) -> None:
    with running.town.database.as_admin() as conn:
        row = conn.execute("INSERT INTO tip (channel) VALUES ('web') RETURNING id").fetchone()
    assert row
    client = running.signed_in()
    assert "nobody could read an answer" in client.get(f"/tips/{row[0]}").text


def test_of_a_withdrawn_tip_nothing_is_shown_any_more(running: Running) -> None:
    town, tip_id = running.town, running.town.tip("A red car")
    media_id, copy = town.clip(tip_id)
    client = running.signed_in()
    poster = re.search(r"/media/([0-9a-f-]+)/content", client.get(f"/tips/{tip_id}").text)
    assert poster
    client.post(f"/media/{media_id}/open")
    assert client.get(f"/media/{copy}/content").status_code == 200
    town.withdraws(tip_id)
    for path in (f"/tips/{tip_id}", "/?state=all"):
        page = client.get(path)
        assert page.status_code == 200
        assert "A red car" not in page.text
        assert poster[0] not in page.text
    assert client.get(f"/media/{copy}/content").status_code == 409
    assert client.get(poster[0]).status_code == 409
    assert client.post(f"/media/{media_id}/open").status_code == 409
    assert str(tip_id) not in client.get("/").text
    with town.database.as_role("console") as conn:
        assert ledger.history(conn, tip_id)[-1].kind == "withdrawn"


def test_what_came_past_the_doors_is_marked_and_an_exchanged_key_is_not_sealed_to(running: Running) -> None:
    """What the database's owner can do, and what staff see of it."""
    town, tip_id = running.town, running.town.tip("A red car")
    town.writes(tip_id, "It went north.")
    town.replies(tip_id, "Thank you.", town.person("bob", "reviewer"))
    client = running.signed_in()
    for told in ("Do not act on it", "is missing from", "was exchanged"):
        assert told not in client.get(f"/tips/{tip_id}").text
    with town.database.as_admin() as conn:
        conn.execute("UPDATE message SET author = 'citizen', signature = NULL WHERE sequence = 3")
        conn.execute("UPDATE message SET sequence = 5 WHERE sequence = 3")
        conn.execute("UPDATE tip SET citizen_key = sha256('theirs')")
    seen = client.get(f"/tips/{tip_id}").text
    assert seen.count("Not written with this tip&#39;s nine words") == 1
    for told in ("A message of this conversation is missing", "was exchanged"):
        assert told in seen
    answer = client.post(
        f"/tips/{tip_id}/messages",
        data={"text": "Where are you?", "seen": "5"},
        headers={"Accept": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "keys_exchanged")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_it_fits_the_screen(page: Page, running: Running, size: dict[str, int]) -> None:
    town, tip_id = running.town, running.town.tip("A red car")
    town.replies(tip_id, "w" * 300, town.person("bob", "reviewer"))
    page.set_viewport_size(size)  # type: ignore[arg-type]
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    page.get_by_text("Ready texts").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
