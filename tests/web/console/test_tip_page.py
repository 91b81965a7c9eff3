"""A tip's page in a browser: the clip plays, decisions are taken and taken back, the history tells all."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

import evidence
from evidence import ledger, tips
from tests.waiting import eventually
from tests.web.console.conftest import Running, sign_in
from web.console.chronicle import TELLERS


def at(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video')?.currentTime ?? 0"))


def test_a_clip_plays_muted_once_asked_and_the_ledger_knows(page: Page, running: Running) -> None:
    tip_id = running.town.tip("see the clip")
    media_id, _ = running.town.clip(tip_id)
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    expect(page.locator("video")).to_have_count(0)
    page.get_by_role("button", name="Play video").click()
    expect(page.locator("video")).to_be_visible()
    eventually(lambda: at(page) > 0.2)
    assert page.evaluate("document.querySelector('video').muted")
    expect(page.locator("#history")).to_contain_text("Opened the video")
    with running.town.database.as_role("console") as conn:
        (viewed,) = [entry for entry in ledger.history(conn, tip_id) if entry.kind == "viewed"]
    assert viewed.details == {"media": str(media_id)}


def test_news_do_not_disturb_who_is_watching(page: Page, running: Running) -> None:
    tip_id = running.town.tip("see the clip")
    running.town.clip(tip_id)
    bob = running.town.person("bob", "reviewer")
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    page.get_by_role("button", name="Play video").click()
    eventually(lambda: at(page) > 0.2)
    page.evaluate("document.querySelector('video').dataset.same = 'yes'")
    running.town.close(tip_id, "duplicate", bob, "Seen on Tuesday.")
    expect(page.locator("#decision")).to_contain_text("Closed: duplicate")
    expect(page.locator("#history")).to_contain_text("Seen on Tuesday.")
    assert page.evaluate("document.querySelector('video').dataset.same") == "yes"
    before = at(page)
    eventually(lambda: at(page) != before or page.evaluate("document.querySelector('video').ended"))


def test_a_photo_is_shown_once_asked(page: Page, running: Running) -> None:
    tip_id = running.town.tip("see the photo")
    _, copy = running.town.photo(tip_id)
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    page.get_by_role("button", name="Show photo").click()
    photo = page.locator(f'img[src="/media/{copy}/content"]')
    expect(photo).to_be_visible()
    eventually(lambda: photo.evaluate("image => image.naturalWidth") == 1280)


def test_a_clip_being_prepared_becomes_playable_by_itself(page: Page, running: Running) -> None:
    town, tip_id = running.town, running.town.tip("wait for it")
    media_id = town.receive(tip_id, "clip.mp4", b"film")
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    expect(page.locator("#stage")).to_contain_text("Being prepared")
    town.seal(media_id, b"film")
    town.inspect(media_id, "video", "video/mp4", {})
    expect(page.locator("#stage")).to_contain_text("Making a preview")
    town.poster(media_id, 1)
    path = town.root / "street-1.mp4"
    path = path if path.exists() else town.root / "poster-1.jpg"
    town.derive(media_id, "watch", "done", "playback", path, "video/mp4", seconds=4)
    expect(page.get_by_role("button", name="Play video")).to_be_visible()


def test_a_quarantined_file_says_why_and_cannot_be_opened(page: Page, running: Running) -> None:
    tip_id = running.town.tip("odd")
    media_id = running.town.receive(tip_id, "a.mp4", b"text")
    running.town.seal(media_id, b"text")
    running.town.quarantine(media_id, "not_media", "This file is text.")
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    expect(page.locator("#stage")).to_contain_text("This file is text.")
    expect(page.locator("[data-open]")).to_have_count(0)


def test_close_with_a_note_undo_attach_and_detach(page: Page, running: Running) -> None:
    tip_id = running.town.tip("decide about me")
    sign_in(page, running, "bob", "investigator")
    page.goto(f"/tips/{tip_id}")
    page.keyboard.press("c")
    page.get_by_label("No crime").check()
    page.get_by_label("Note").fill("A film was being shot there.")
    page.get_by_role("button", name="Close tip").click()
    expect(page.locator("#decision")).to_contain_text("Closed: no crime")
    expect(page.locator("#history")).to_contain_text("A film was being shot there.")
    page.locator("#decision").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Attach to a case")).to_be_visible()
    page.keyboard.press("a")
    page.get_by_text("Open a new case").click()
    page.get_by_label("Agency's case number").fill("26-10482")
    page.get_by_label("Title", exact=True).fill("Pharmacy break-in")
    page.get_by_role("button", name="Open case and attach").click()
    expect(page.locator("#decision")).to_contain_text("26-10482")
    expect(page.locator(".tiphead .state")).to_have_text("In a case")
    page.get_by_role("button", name="Detach from case 26-10482").click()
    expect(page.locator(".tiphead .state")).to_have_text("New")
    with running.town.database.as_role("console") as conn:
        entries = ledger.history(conn, tip_id)
    assert [e.kind for e in entries] == ["opened", "closed", "reopened", "attached", "detached"]
    assert len({e.actor for e in entries[1:]}) == 1


def test_what_was_looked_for_in_vain_becomes_the_new_case_s_number(page: Page, running: Running) -> None:
    tip_id = running.town.tip("what")
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    page.keyboard.press("a")
    found = page.locator("#found-cases")
    expect(found).to_have_text("No case is open. Open a new one below.")
    page.get_by_label("Case number or title").fill("26-10482")
    expect(found).to_have_text("No case matches. Open a new one below.")
    page.get_by_text("Open a new case").click()
    expect(page.get_by_label("Agency's case number")).to_have_value("26-10482")


def test_enter_takes_the_case_of_these_very_words_or_begins_a_new_one(page: Page, running: Running) -> None:
    first, second = (str(running.town.tip(words)) for words in ("first", "second"))
    sign_in(page, running, "bob", "investigator")
    for tip_id, number in ((first, "26-10482"), (second, "26-20000")):
        page.goto(f"/tips/{tip_id}")
        page.keyboard.press("a")
        page.get_by_label("Case number or title").fill("Break-in at the pharmacy")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Title", exact=True)).to_have_value("Break-in at the pharmacy")
        expect(page.get_by_label("Agency's case number")).to_be_focused()
        page.get_by_label("Agency's case number").fill(number)
        page.get_by_label("Title", exact=True).fill(f"Case {number}")
        page.keyboard.press("Enter")
        expect(page.locator("#decision")).to_contain_text(number)
    third = running.town.tip("third")
    page.goto(f"/tips/{third}")
    page.keyboard.press("a")
    expect(page.locator(".found__case")).to_have_count(2)
    # Faster than the list: its first case is another one.
    page.get_by_label("Case number or title").fill("26-10482")
    page.keyboard.press("Enter")
    expect(page.locator("#decision")).to_contain_text("26-10482")
    expect(page.locator("#decision")).not_to_contain_text("26-20000")


def test_whoever_leaves_before_the_answer_attaches_nothing(page: Page, running: Running) -> None:
    tip_id = running.town.tip("what")
    sign_in(page, running, "bob", "investigator")
    page.goto(f"/tips/{tip_id}")
    page.keyboard.press("a")
    page.get_by_label("Case number or title").fill("none")
    page.keyboard.press("Enter")
    page.get_by_label("Agency's case number").fill("26-10482")
    page.keyboard.press("Enter")
    expect(page.locator("#decision")).to_contain_text("26-10482")
    page.get_by_role("button", name="Detach from case 26-10482").click()
    expect(page.locator(".tiphead .state")).to_have_text("New")
    held: list[Route] = []
    posted: list[str] = []
    page.keyboard.press("a")
    expect(page.locator(".found__case")).to_have_count(1)
    page.route("**/cases/find?*", lambda route: held.append(route))  # noqa: PLW0108
    page.on("request", lambda asked: posted.append(asked.url) if asked.method == "POST" else None)
    page.get_by_label("Case number or title").fill("26-1")
    page.keyboard.press("Enter")
    page.locator("#attach-dialog").get_by_role("button", name="Cancel").click()
    expect(page.locator("#attach-dialog")).to_be_hidden()
    eventually(lambda: held, "the question")
    for route in held:
        route.continue_()
    expect(page.locator("[data-sought]")).to_have_attribute("data-sought", "26-1")
    assert not posted


def test_every_step_stands_in_the_history_with_time_actor_and_hash(page: Page, running: Running) -> None:
    tip_id = running.town.tip("what", language="es")
    running.town.clip(tip_id)
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    with running.town.database.as_role("console") as conn:
        entries = ledger.history(conn, tip_id)
    expect(page.locator(".entry")).to_have_count(len(entries))
    for entry in entries:
        line = page.locator(f"#entry-{entry.sequence}")
        expect(line).to_contain_text(entry.hash.hex()[:10])
        assert line.locator("time").get_attribute("datetime") == entry.at.isoformat()
    last = page.locator(f"#entry-{entries[-1].sequence}")
    last.locator("summary").click()
    expect(last.get_by_text(entries[-1].hash.hex(), exact=True)).to_be_visible()


def test_a_message_sealed_to_another_key_is_told_not_hidden(running: Running) -> None:
    tip_id = running.town.tip("under the right key")
    running.town.agency_key = bytes(range(32))
    other = running.town.tip("under another key")
    client = running.signed_in()
    assert "under the right key" in client.get(f"/tips/{tip_id}").text
    assert "does not open with the agency&#39;s key" in client.get(f"/tips/{other}").text.replace(
        "'", "&#39;"
    )
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("deed", ["close", "reopen", "attach", "detach"])
def test_forms_work_without_a_script(running: Running, deed: str) -> None:
    tip_id, client = running.town.tip("what"), running.signed_in()
    if deed == "reopen":
        running.town.close(tip_id, "spam", running.town.person("bob", "reviewer"))
    if deed == "detach":
        client.post(f"/tips/{tip_id}/attach", data={"number": "26-1", "title": "One"})
    with running.town.database.as_role("console") as conn:
        row = conn.execute("SELECT id FROM cases").fetchone()
    data = {
        "close": {"reason": "spam"},
        "reopen": {},
        "attach": {"number": "26-1", "title": "One"},
        "detach": {"case": str(row[0]) if row else ""},
    }[deed]
    answer = client.post(f"/tips/{tip_id}/{deed}", data=data)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/tips/{tip_id}")
    expected = {"close": "closed", "reopen": "new", "attach": "attached", "detach": "new"}[deed]
    with running.town.database.as_role("console") as conn:
        assert tips.get(conn, tip_id).state == expected


def test_a_case_that_could_not_take_the_tip_is_not_opened(running: Running) -> None:
    tip_id, client = running.town.tip("what"), running.signed_in()
    running.town.close(tip_id, "spam", running.town.person("bob", "reviewer"))
    answer = client.post(f"/tips/{tip_id}/attach", data={"number": "26-1", "title": "One"})
    assert answer.status_code == 409
    assert "Reopen it before" in answer.text
    with running.town.database.as_role("console") as conn:
        assert conn.execute("SELECT count(*) FROM cases").fetchone() == (0,)


def test_every_kind_the_kernel_writes_has_words() -> None:
    kernel = Path(evidence.__file__).parent
    python = "".join(path.read_text() for path in kernel.rglob("*.py") if "reviewers" not in path.parts)
    sql = "".join(path.read_text() for path in kernel.rglob("*.sql"))
    kinds = set(re.findall(r'ledger\.append\(\s*conn,\s*[\w.]+,\s*"(\w+)"', python))
    kinds |= set(re.findall(r"ledger_append\([\w.]+, '(\w+)',", sql))
    assert len(kinds) > 12
    assert kinds <= set(TELLERS)


def test_of_two_clips_one_plays_at_a_time(page: Page, running: Running) -> None:
    tip_id = running.town.tip("two clips")
    running.town.clip(tip_id)
    running.town.clip(tip_id, seed=3, name="IMG_2042.MOV")
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    page.get_by_role("button", name="Play video 1").click()
    first = page.locator("video").first
    eventually(lambda: first.evaluate("video => video.currentTime > 0"))
    page.get_by_role("button", name="Play video 2").click()
    eventually(lambda: first.evaluate("video => video.paused"))
    eventually(lambda: page.locator("video").last.evaluate("video => video.currentTime > 0"))
