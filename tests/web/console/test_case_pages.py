"""Cases: found, opened, filled, written about."""

from uuid import uuid4

from playwright.sync_api import Page, expect

from evidence.cases import attachment
from evidence.cases import case as cases
from tests.web.console.conftest import Running, sign_in


def test_an_investigator_finds_what_a_reviewer_attached(page: Page, running: Running) -> None:
    tip_id = running.town.tip("Two men broke the window", "5th and Main")
    running.town.clip(tip_id)
    reviewer = running.signed_in("alice", "reviewer")
    reviewer.post(f"/tips/{tip_id}/attach", data={"number": "26-10482", "title": "Pharmacy break-in"})
    sign_in(page, running, "bob", "investigator")
    page.get_by_role("link", name="Cases").click()
    page.get_by_label("Number or title").fill("pharm")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="26-10482").click()
    expect(page.locator(".row")).to_contain_text("Two men broke the window")
    expect(page.locator(".row .picture__image")).to_be_visible()
    page.get_by_label("Add a note").fill("Owner called.\nCamera 3 overwrites on Friday.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".note__text")).to_have_text("Owner called.\nCamera 3 overwrites on Friday.")
    expect(page.locator(".history")).to_contain_text("Wrote a note")
    expect(page.locator(".history")).to_contain_text(f"Attached a tip {str(tip_id)[:8]}")
    expect(page.get_by_label("Add a note")).to_have_value("")


def test_a_case_s_page_lives(page: Page, running: Running) -> None:
    bob, tip_id = running.town.person("bob", "investigator"), running.town.tip("here it is")
    with running.town.database.as_role("console") as conn:
        case = cases.open_case(conn, "26-1", "One", bob)
    sign_in(page, running, "carol", "supervisor")
    page.goto(f"/cases/{case.id}")
    expect(page.locator("#pulse")).to_have_attribute("data-pulse", "live")
    expect(page.get_by_role("heading", name="No tip is attached")).to_be_visible()
    page.get_by_label("Add a note").fill("half a thou")
    with running.town.database.as_role("console") as conn:
        attachment.attach(conn, case, tip_id, bob)
    expect(page.locator(f"#tip-{tip_id}")).to_be_visible()
    expect(page.get_by_label("Add a note")).to_have_value("half a thou")


def test_opening_a_case_twice_says_so(running: Running) -> None:
    client = running.signed_in("bob", "investigator")
    first = client.post("/cases", data={"number": "26-1", "title": "One"})
    assert first.status_code == 303
    assert client.get(first.headers["Location"]).status_code == 200
    second = client.post("/cases", data={"number": " 26-1 ", "title": "Another"})
    assert second.status_code == 409
    assert "Case 26-1 is open already" in second.text


def test_foreign_and_wrong_ids_open_nothing(running: Running) -> None:
    tip_id, client = running.town.tip("what"), running.signed_in("bob", "investigator")
    assert client.get(f"/cases/{tip_id}").status_code == 404
    assert client.get("/cases/1").status_code == 404
    assert client.post(f"/cases/{uuid4()}/notes", data={"text": "x"}).status_code == 404
    assert client.post(f"/tips/{tip_id}/attach", data={"case": str(uuid4())}).status_code == 404
    assert client.post(f"/tips/{tip_id}/attach", data={"case": "x"}).status_code == 400
    assert client.post(f"/tips/{tip_id}/attach", data={"number": "26-9"}).status_code == 404
    assert client.post(f"/tips/{tip_id}/detach", data={"case": "x"}).status_code == 400


def test_text_no_column_takes_is_refused_and_no_fault(running: Running) -> None:
    client = running.signed_in("bob", "investigator")
    for answer in (
        client.get("/cases", params={"q": "\0"}),
        client.post("/cases", data={"number": "26-1", "title": "a\0b"}),
    ):
        assert answer.status_code == 400
        assert "cannot be kept" in answer.text
