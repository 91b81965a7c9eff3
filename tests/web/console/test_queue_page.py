"""The queue in a browser: it lives without reload, and one key does one thing."""

from playwright.sync_api import BrowserContext, Page, expect

from evidence import ledger, tips
from evidence.cases import case as cases
from tests.web.console.conftest import Running, sign_in


def live(page: Page) -> None:
    expect(page.locator("#pulse")).to_have_attribute("data-pulse", "live")


def mark(page: Page) -> None:
    """Leave a mark in the page that a reload would wipe away."""
    page.evaluate("document.documentElement.dataset.stayed = 'yes'")


def stayed(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.dataset.stayed === 'yes'"))


def test_a_tip_comes_in_and_is_prepared_before_ones_eyes(page: Page, running: Running) -> None:
    town = running.town
    sign_in(page, running)
    expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
    live(page)
    mark(page)
    tip_id = town.tip("A van hit a cyclist and drove on", "7th and Oak")
    row = page.locator(f"#tip-{tip_id}")
    expect(row).to_contain_text("A van hit a cyclist and drove on")
    expect(row).to_contain_text("Message only")
    media_id = town.receive(tip_id, "clip.mp4", b"film" * 1000)
    expect(row).to_contain_text("Sealing the original")
    town.seal(media_id, b"film" * 1000)
    expect(row).to_contain_text("Looking into the file")
    town.inspect(media_id, "video", "video/mp4", {"seconds": 65})
    expect(row).to_contain_text("Making a preview")
    poster = town.poster(media_id, 4)
    expect(row.locator(f'img[src="/media/{poster}/content"]')).to_be_visible()
    expect(row).to_contain_text("Making a copy to play")
    path = town.root / "copy"
    path.write_bytes(b"copy")
    town.derive(media_id, "watch", "done", "playback", path, "video/mp4", seconds=65)
    expect(row).to_contain_text("Video 1:05")
    assert stayed(page)
    assert "(1)" in page.title()


def test_a_new_tip_slides_in_above_and_the_selection_stays(page: Page, running: Running) -> None:
    first = running.town.tip("first")
    sign_in(page, running)
    live(page)
    page.keyboard.press("j")
    expect(page.locator(f"#tip-{first}")).to_have_attribute("data-selected", "")
    second = running.town.tip("second")
    expect(page.locator(f"#tip-{second}")).to_have_class("row row--arrived")
    expect(page.locator(".row .row__words")).to_have_text(["second", "first"])
    expect(page.locator("[data-selected]")).to_have_attribute("id", f"tip-{first}")


def test_a_refused_file_says_why_in_the_queue(page: Page, running: Running) -> None:
    sign_in(page, running)
    live(page)
    tip_id = running.town.tip("see this")
    media_id = running.town.receive(tip_id, "a.mp4", b"text")
    running.town.seal(media_id, b"text")
    running.town.quarantine(media_id, "not_media", "This file is text, although it is named as a video.")
    expect(page.locator(f"#tip-{tip_id}")).to_contain_text("Quarantined: This file is text, although")


def test_a_tip_whose_files_never_came_says_so(page: Page, running: Running) -> None:
    tip_id = running.town.tip()
    sign_in(page, running)
    expect(page.locator(f"#tip-{tip_id}")).to_contain_text("No file yet")
    page.goto(f"/tips/{tip_id}")
    expect(page.locator("#letter")).to_contain_text("Nothing.")


def test_two_keys_close_and_one_takes_it_back(page: Page, running: Running) -> None:
    tip_id = running.town.tip("noise")
    sign_in(page, running)
    live(page)
    mark(page)
    page.keyboard.press("c")
    expect(page.locator("#close-dialog")).not_to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.keyboard.press("4")
    expect(page.locator("#notices")).to_contain_text("Tip closed.")
    expect(page.locator(f"#tip-{tip_id}")).to_have_count(0)
    with running.town.database.as_role("console") as conn:
        assert tips.get(conn, tip_id).closed_reason == "spam"
    page.keyboard.press("u")
    expect(page.locator(f"#tip-{tip_id}")).to_be_visible()
    assert stayed(page)
    with running.town.database.as_role("console") as conn:
        assert tips.get(conn, tip_id).state == "new"


def test_two_colleagues_see_each_other_s_decisions_and_never_collide(
    page: Page, context: BrowserContext, running: Running
) -> None:
    tip_id = running.town.tip("noise")
    bob = running.town.person("bob", "reviewer")
    sign_in(page, running)
    live(page)
    page.keyboard.press("j")
    page.keyboard.press("c")
    expect(page.locator("#close-dialog")).to_be_visible()
    running.town.close(tip_id, "duplicate", bob)
    page.keyboard.press("4")
    expect(page.locator(".notice--bad")).to_contain_text("bob closed this tip already")
    expect(page.locator(f"#tip-{tip_id}")).to_have_count(0)
    with running.town.database.as_role("console") as conn:
        assert tips.get(conn, tip_id).closed_reason == "duplicate"


def test_attaching_from_the_queue_by_number_and_to_a_new_case(page: Page, running: Running) -> None:
    one, two = running.town.tip("one"), running.town.tip("two")
    bob = running.town.person("bob", "investigator")
    with running.town.database.as_role("console") as conn:
        cases.open_case(conn, "26-10482", "Pharmacy break-in", bob)
        cases.open_case(conn, "26-10500", "Stolen vans", bob)
    sign_in(page, running)
    live(page)
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("#attach-dialog")).to_contain_text("two")
    expect(page.locator(".found__case")).to_have_count(2)
    page.keyboard.type("pharm")
    expect(page.locator(".found__case")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(f"#tip-{two}")).to_have_count(0)
    page.keyboard.press("k")
    page.keyboard.press("a")
    page.get_by_text("Open a new case").click()
    page.get_by_label("Agency's case number").fill("26-10600")
    page.get_by_label("Title", exact=True).fill("A new matter")
    page.get_by_role("button", name="Open case and attach").click()
    expect(page.get_by_role("heading", name="Nothing is waiting")).to_be_visible()
    with running.town.database.as_role("console") as conn:
        assert [case.number for case in cases.of_tip(conn, two)] == ["26-10482"]
        assert [case.number for case in cases.of_tip(conn, one)] == ["26-10600"]


def test_keys_walk_open_and_help(page: Page, running: Running) -> None:
    older, newer = running.town.tip("older"), running.town.tip("newer")
    sign_in(page, running)
    for key, selected in (("j", newer), ("j", older), ("j", older), ("k", newer)):
        page.keyboard.press(key)
        expect(page.locator("[data-selected]")).to_have_attribute("id", f"tip-{selected}")
    page.keyboard.press("?")
    expect(page.locator("#help-dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/tips/{newer}")
    page.keyboard.press("j")
    page.wait_for_url(f"**/tips/{older}")
    page.keyboard.press("q")
    page.get_by_role("heading", name="Queue").wait_for()


def test_filters_and_older_tips(running: Running) -> None:
    client = running.signed_in()
    ids = [running.town.tip(f"tip number {count}") for count in range(53)]
    first = client.get("/").text
    assert "tip number 52" in first
    assert "tip number 2<" not in first
    older = client.get(f"/?state=new&before={ids[3]}").text
    assert [n for n in range(53) if f"tip number {n}<" in older] == [0, 1, 2]
    bob = running.town.person("bob", "reviewer")
    running.town.close(ids[0], "spam", bob)
    closed = client.get("/?state=closed").text
    assert "tip number 0<" in closed
    assert "tip number 1<" not in closed


def test_an_auditor_reads_no_words_and_sees_no_pictures(running: Running) -> None:
    tip_id = running.town.tip("the secret words", "a secret place", contact="secret contact")
    media_id, copy = running.town.clip(tip_id)
    dave = running.signed_in("dave", "auditor")
    for path in ("/", "/?state=all", f"/tips/{tip_id}"):
        page = dave.get(path).text
        assert "secret" not in page
        assert "IMG_2041" not in page
        assert f"/media/{copy}" not in page
        assert '<dialog class="dialog" id="close-dialog"' not in page
    assert "ready to be watched" in dave.get(f"/tips/{tip_id}").text
    assert dave.post(f"/media/{media_id}/open").status_code == 403
    with running.town.database.as_role("console") as conn:
        assert "viewed" not in {entry.kind for entry in ledger.history(conn, tip_id)}


def test_words_of_a_citizen_are_never_markup(page: Page, running: Running) -> None:
    running.town.tip("<img src=x onerror=alert(1)><script>alert(2)</script>", "<b>where</b>")
    page.on("dialog", lambda dialog: (_ for _ in ()).throw(AssertionError(dialog.message)))
    sign_in(page, running)
    expect(page.locator(".row__words")).to_have_text("<img src=x onerror=alert(1)><script>alert(2)</script>")
