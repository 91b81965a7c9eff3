"""A supervisor sees what waits and what went wrong; nobody else does."""

from playwright.sync_api import Page, expect

from tests.web.console.conftest import PHONE, Running, sign_in
from tests.web.console.test_accessibility import faults


def test_what_waits_and_what_was_set_aside(page: Page, running: Running) -> None:
    town, tip_id = running.town, running.town.tip("two files")
    town.receive(tip_id, "waits.mp4", b"waits")
    broken = town.receive(tip_id, "broken.mp4", b"broken")
    town.seal(broken, b"broken")
    town.quarantine(broken, "not_media", "This is no video.")
    sign_in(page, running, "carol", "supervisor")
    page.get_by_role("link", name="Pipeline").click()
    expect(page.locator("#stage-seal td").first).to_have_text("1")
    expect(page.locator("#stage-normalize td").first).to_have_text("0")
    assert faults(page) == []
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    for table in page.locator(".tablebox").all():
        assert table.evaluate("box => box.scrollWidth <= box.clientWidth"), "no figure is out of sight"
    trouble = page.locator(f"#trouble-{broken}")
    expect(trouble).to_contain_text("This is no video.")
    expect(trouble).to_contain_text("not_media")
    trouble.get_by_role("link").click()
    expect(page.locator("#stage")).to_contain_text("Quarantined")


def test_nothing_in_trouble_is_said(page: Page, running: Running) -> None:
    sign_in(page, running, "carol", "supervisor")
    page.goto("/pipeline")
    expect(page.get_by_role("heading", name="Nothing is in trouble")).to_be_visible()


def test_it_is_for_supervisors(running: Running) -> None:
    for name, role in (("alice", "reviewer"), ("bob", "investigator"), ("dave", "auditor")):
        client = running.signed_in(name, role)
        assert client.get("/pipeline").status_code == 403
        assert "/pipeline" not in client.get("/").text
