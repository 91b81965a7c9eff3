"""What was removed stands on the tip's page by kind; to see it takes bob who asks and carol who agrees."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from evidence import ledger, media
from evidence.reviewers.reviewer import Reviewer
from evidence.seal import public_key_of, seal_to
from evidence.traces import unsealing
from evidence.traces.kinds import Clue, Kind
from evidence.traces.trace import Traced, record
from tests.web.console.conftest import DESK, PHONE, Running, sign_in
from tests.web.console.test_accessibility import faults
from tests.web.console.town import Town

WHY = "The girl in case 26-10482 was last seen where this was filmed."
VALUES = [
    {"kind": "place", "place": "moov/udta/©xyz", "value": "+37.8044-122.2712/"},
    {"kind": "device", "place": "file com.apple.quicktime.model", "value": "iPhone 15 Pro"},
    {"kind": "person", "place": "file comment", "value": "<script>alert(1)</script>"},
]


def trace(
    town: Town, media_id: UUID, kinds: list[Kind] | None = None, clues: list[Clue] | None = None
) -> None:
    """A worker looks into a media and finds three things, or nothing."""
    found: list[Kind] = ["place", "device", "person"] if kinds is None else kinds
    sealed = seal_to(public_key_of(town.agency_key), json.dumps(VALUES).encode()) if found else None
    with town.database.as_role("worker") as conn:
        lease = media.claim(conn, media_id, media.get(conn, media_id).stage, 60)
        assert lease
        traced = Traced(
            "traces-1", found, "original", clues or ["camera"], "fits", "intact", sealed, {"av": "18"}, "look"
        )
        record(conn, lease, traced)


def asked(town: Town, media_id: UUID, by: Reviewer) -> UUID:
    with town.database.as_role("console") as conn:
        unsealing.ask(conn, media_id, WHY, by)
        return unsealing.of_tip(conn, media.get(conn, media_id).tip_id)[0].id


def answered(town: Town, request: UUID, by: Reviewer, answer: Callable[..., object]) -> None:
    with town.database.as_role("console") as conn:
        answer(conn, request, by)


def kinds_of_entries(town: Town, tip_id: UUID) -> list[str]:
    with town.database.as_role("console") as conn:
        return [entry.kind for entry in ledger.history(conn, tip_id)]


@pytest.fixture
def carols(browser: Browser, running: Running) -> Page:
    context = browser.new_context(base_url=running.settings.origin, viewport=DESK)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    return context.new_page()


def test_bob_asks_carol_agrees_bob_looks(page: Page, carols: Page, running: Running) -> None:
    town, tip_id = running.town, running.town.tip("see the clip")
    media_id, _ = town.clip(tip_id)
    trace(town, media_id)
    sign_in(page, running, "bob", "investigator")
    page.goto(f"/tips/{tip_id}")
    removed = page.locator("#removed")
    expect(removed.get_by_role("listitem").filter(has_text="place")).to_be_visible()
    expect(removed).to_contain_text("Looks like an original")
    assert "37.8044" not in page.content()
    removed.get_by_text("why?").click()
    expect(removed).to_contain_text("signature intact, signer not known to us")
    expect(removed).to_contain_text("proves nothing")
    removed.get_by_role("button", name="Ask to see it").click()
    page.get_by_label("Why does the case need it?").fill(WHY)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#notices")).to_contain_text("A supervisor answers")
    expect(removed).to_contain_text("A supervisor other than you answers.")
    expect(page.locator("#history")).to_contain_text(WHY)

    sign_in(carols, running, "carol", "supervisor")
    carols.get_by_role("link", name="1 request to see what was removed waits").click()
    expect(carols.locator("main")).to_contain_text(WHY)
    carols.get_by_role("button", name="Allow for an hour").click()
    expect(carols.get_by_role("heading", name="No request is waiting")).to_be_visible()

    removed.get_by_role("button", name="Show what it tells").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What the original of the video tells")
    expect(page.locator("main")).to_contain_text("+37.8044-122.2712/")
    expect(page.locator("main")).to_contain_text("<script>alert(1)</script>")
    page.get_by_role("link", name=f"Tip {tip_id.hex[:8]}").click()
    expect(page.locator("#history")).to_contain_text("Saw what the video tells")
    steps = ["unseal_asked", "unseal_granted", "unsealed"]
    assert [kind for kind in kinds_of_entries(town, tip_id) if kind in steps] == steps


def test_it_is_asked_and_answered_from_the_keyboard(page: Page, carols: Page, running: Running) -> None:
    town, tip_id = running.town, running.town.tip("see the clip")
    media_id, _ = town.clip(tip_id)
    trace(town, media_id)
    sign_in(page, running, "alice", "reviewer")
    page.goto(f"/tips/{tip_id}")
    page.get_by_role("button", name="Ask to see it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Why does the case need it?")).to_be_focused()
    page.keyboard.type(WHY)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#removed")).to_contain_text("You asked to see it")
    sign_in(carols, running, "carol", "supervisor")
    carols.goto(f"/tips/{tip_id}")
    carols.get_by_role("button", name="Decline").focus()
    carols.keyboard.press("Enter")
    expect(page.locator("#removed")).to_contain_text("carol declined your request")
    expect(page.get_by_role("button", name="Ask to see it again")).to_be_visible()


def test_a_supervisor_does_not_answer_herself(running: Running) -> None:
    town, tip_id = running.town, running.town.tip("see the clip")
    media_id, _ = town.clip(tip_id)
    trace(town, media_id)
    client = running.signed_in("carol", "supervisor")
    assert client.post(f"/media/{media_id}/unseal", data={"reason": WHY}).status_code == 303
    page = client.get(f"/tips/{tip_id}").text
    assert "A supervisor other than you answers." in page
    assert "Allow for an hour" not in page
    with town.database.as_role("console") as conn:
        (request,) = unsealing.of_tip(conn, tip_id)
    answer = client.post(
        f"/unsealings/{request.id}/answer", data={"answer": "grant"}, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "own_request")
    assert client.post(f"/unsealings/{request.id}/answer", data={"answer": "?"}).status_code == 400


def test_nobody_else_looks_and_no_browser_keeps_it(running: Running) -> None:
    town, tip_id = running.town, running.town.tip("see the clip")
    media_id, _ = town.clip(tip_id)
    trace(town, media_id)
    bob, carol = town.person("bob", "investigator"), town.person("carol", "supervisor")
    request = asked(town, media_id, bob)
    bobs, carols = running.signed_in("bob", "investigator"), running.signed_in("carol", "supervisor")
    assert bobs.post(f"/unsealings/{request}/look").status_code == 403
    answered(town, request, carol, unsealing.grant)
    assert carols.post(f"/unsealings/{request}/look").status_code == 403
    shown = bobs.post(f"/unsealings/{request}/look")
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert "iPhone 15 Pro" in shown.text
    assert kinds_of_entries(town, tip_id).count("unsealed") == 1


def test_an_auditor_reads_that_it_was_asked_and_cannot_ask(running: Running) -> None:
    town, tip_id = running.town, running.town.tip("see the clip")
    media_id, _ = town.clip(tip_id)
    trace(town, media_id)
    asked(town, media_id, town.person("bob", "investigator"))
    client = running.signed_in("dave", "auditor")
    page = client.get(f"/tips/{tip_id}").text
    assert "Asked to see what the video tells" in page
    assert "Ask to see it" not in page
    assert client.post(f"/media/{media_id}/unseal", data={"reason": WHY}).status_code == 403


def test_states_without_traces_say_so(running: Running) -> None:
    town, tip_id = running.town, running.town.tip("see the clips")
    clip, _ = town.clip(tip_id)
    client = running.signed_in()
    assert "Not looked into yet" in client.get(f"/tips/{tip_id}").text
    trace(town, clip, kinds=[])
    page = client.get(f"/tips/{tip_id}").text
    assert "tells nothing beside picture and sound" in page
    assert "Ask to see it" not in page
    refused = client.post(
        f"/media/{clip}/unseal", data={"reason": WHY}, headers={"Accept": "application/json"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_found")


def test_a_messenger_s_name_tells_on_the_file(running: Running) -> None:
    town, tip_id = running.town, running.town.tip("see the clip")
    media_id, _ = town.clip(tip_id, name="VID-20260506-WA0003.mp4")
    trace(town, media_id, clues=["no_tags"])
    assert "Probably re-encoded" in running.signed_in().get(f"/tips/{tip_id}").text


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_state_is_clean_for_axe(
    browser: Browser, running: Running, size: ViewportSize, light: Any
) -> None:
    town = running.town
    alice, carol = town.person("alice", "reviewer"), town.person("carol", "supervisor")
    tips: dict[str, UUID] = {}
    requests: dict[str, UUID] = {}
    for name in ("nothing asked", "asked", "open", "declined"):
        tips[name] = town.tip(name)
        media_id, _ = town.clip(tips[name])
        trace(town, media_id)
        if name != "nothing asked":
            requests[name] = asked(town, media_id, alice)
    answered(town, requests["open"], carol, unsealing.grant)
    answered(town, requests["declined"], carol, unsealing.decline)
    objections: dict[str, list[str]] = {}

    def look(page: Page, name: str, go: Callable[[], object]) -> None:
        go()
        found = faults(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append("the page is wider than its window")
        if found:
            objections[name] = found

    context = fresh(browser, running, size, light)
    page = context.new_page()
    sign_in(page, running, "alice", "reviewer")
    for name, tip_id in tips.items():
        look(page, f"alice: {name}", lambda tip_id=tip_id: page.goto(f"/tips/{tip_id}"))  # type: ignore[misc]
    page.goto(f"/tips/{tips['nothing asked']}")
    look(page, "dialog", page.get_by_role("button", name="Ask to see it").click)
    page.goto(f"/tips/{tips['open']}")
    look(page, "unsealed", page.get_by_role("button", name="Show what it tells").click)
    context.close()
    context = fresh(browser, running, size, light)
    page = context.new_page()
    sign_in(page, running, "carol", "supervisor")
    look(page, "carol: asked", lambda: page.goto(f"/tips/{tips['asked']}"))
    look(page, "requests", lambda: page.goto("/unsealings"))
    look(page, "no requests", page.get_by_role("button", name="Decline").click)
    context.close()
    assert objections == {}


def fresh(browser: Browser, running: Running, size: ViewportSize, light: Any) -> BrowserContext:
    context = browser.new_context(base_url=running.settings.origin, viewport=size, color_scheme=light)
    context.set_default_timeout(20_000)
    return context


def test_times_that_no_clock_could_be_read_from_are_not_denied(running: Running) -> None:
    town, tip_id = running.town, running.town.tip("see the clips")
    clip, _ = town.clip(tip_id)
    trace(town, clip, kinds=["time"])
    with town.database.as_admin() as conn:
        conn.execute("UPDATE trace SET clock = 'none'")
    page = running.signed_in().get(f"/tips/{tip_id}").text
    assert "It has times in it, but none that tells plainly when it was taken." in page
    assert "It does not say when it was taken." not in page
