"""Staff watch what somebody films while they film it: on the wall, at large, back and now, to the end."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evidence import ledger
from evidence.live import session as sessions
from evidence.live.after import mark_moment
from evidence.spool import Spool
from tests.evidence.live.recordings import by_chromium, fmp4, webm
from tests.waiting import eventually
from tests.web.console.broadcasting import Broadcast
from tests.web.console.conftest import Running, sign_in
from tests.web.console.town import PICTURE
from tests.web.console.town import SECONDS as FILMED_SECONDS
from tests.web.console.town import film as filmed

# Longer than any test watches it: what is over is not live.
SECONDS = 40
HERE = Path(__file__).parent
FIREFOX = os.environ.get("TIPLINE_FIREFOX", "/usr/bin/firefox-esr")
STANDING = "[data-standing-words]"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return webm(tmp_path_factory.mktemp("films") / "a.webm", seconds=SECONDS)


@pytest.fixture
def goes_live(running: Running, spool_dir: Path) -> Callable[[str], Broadcast]:
    return lambda what: Broadcast(running.town, Spool(spool_dir), running.town.tip(what))


def kinds(broadcast: Broadcast) -> list[str]:
    with broadcast.town.database.as_role("console") as conn:
        return [entry.kind for entry in ledger.history(conn, broadcast.tip_id)]


def shown_ms(page: Page) -> int:
    return int(page.locator("main[data-live], .tile").first.get_attribute("data-shown-ms") or -1)


def painted(page: Page) -> bool:
    """Whether the picture on show has more than one colour."""
    return bool(
        page.evaluate("""() => {
          const picture = document.querySelector('.live__picture:not(.live__picture--coming)');
          if (!picture) return false;
          const copy = Object.assign(document.createElement('canvas'), {width: 8, height: 8});
          const pen = copy.getContext('2d');
          pen.drawImage(picture, 0, 0, 8, 8);
          return new Set(new Uint32Array(pen.getImageData(0, 0, 8, 8).data.buffer)).size > 4;
        }""")
    )


def test_a_broadcast_comes_to_the_queue_and_is_watched_at_large(
    page: Page, running: Running, goes_live: Callable[[str], Broadcast], film: bytes
) -> None:
    sign_in(page, running)
    expect(page.locator("#airing")).to_have_count(0)
    broadcast = goes_live("smoke over the mill")
    broadcast.begins(1)
    with broadcast.at_real_pace(1, film, SECONDS):
        expect(page.locator("#airing")).to_contain_text("smoke over the mill")
        expect(page.locator(f"#tip-{broadcast.tip_id} .picture")).to_have_text("Live now")
        page.keyboard.press("l")
        page.locator(".tile").wait_for()
        assert "live_watched" not in kinds(broadcast)
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="smoke over the mill").wait_for()
        page.wait_for_load_state()  # its script listens by then
        page.keyboard.press("w")
        eventually(lambda: painted(page), "a picture")
        assert kinds(broadcast).count("live_watched") == 1
        eventually(lambda: shown_ms(page) > 3000, "the present")
        expect(page.locator(STANDING)).to_have_text("Live")
        page.keyboard.press("m")
        expect(page.locator("[data-hear]")).to_have_attribute("aria-pressed", "true")
        heard = page.evaluate(HEAR)
        eventually(lambda: page.evaluate("heard => window.started > heard", heard), "sound")
        page.keyboard.press("s")
        expect(page.locator("#notices")).to_contain_text("Marked")
        page.keyboard.press("ArrowLeft")
        expect(page.locator(STANDING)).to_have_text("Looking back")
        page.keyboard.press("n")
        expect(page.locator(STANDING)).to_have_text("Live")
    with running.town.database.as_role("console") as conn:
        marks = [e.details for e in ledger.history(conn, broadcast.tip_id) if e.kind == "live_snapshot"]
    assert [mark["part"] for mark in marks] == [1]
    assert marks[0]["at_ms"] > 0


def watches(page: Page, running: Running, broadcast: Broadcast) -> None:
    """Alice opens a broadcast and sees something."""
    sign_in(page, running)
    page.goto(f"/live/{broadcast.id}")
    page.get_by_role("button", name="Watch").click()
    eventually(lambda: painted(page), "a picture")


HEAR = """() => {
  const start = AudioBufferSourceNode.prototype.start;
  window.started = 0;
  AudioBufferSourceNode.prototype.start = function (...when) {
    window.started += 1;
    return start.apply(this, when);
  };
  return window.started;
}"""

COUNT_GAPS = """() => {
  window.gaps = 0;
  const look = () => {
    if (!document.querySelector('.live__picture:not(.live__picture--coming)')) window.gaps += 1;
    requestAnimationFrame(look);
  };
  look();
}"""


def test_the_next_part_takes_over_without_a_gap_and_the_end_is_told(
    page: Page, running: Running, goes_live: Callable[[str], Broadcast], film: bytes
) -> None:
    broadcast = goes_live("it goes on")
    broadcast.begins(1)
    stage = page.locator(".live__stage")
    with broadcast.at_real_pace(1, film, SECONDS) as held:
        watches(page, running, broadcast)
        expect(stage).to_have_attribute("data-showing", "1")
        page.evaluate(COUNT_GAPS)
        held.set()
        expect(page.locator(STANDING)).to_have_text("Sender offline")
        expect(page.locator(".live")).to_have_attribute(
            "data-stale", re.compile("s: this is the last picture")
        )
        broadcast.begins(2, why="resumed")
        with broadcast.at_real_pace(2, film, SECONDS):
            expect(stage).to_have_attribute("data-showing", "2")
            expect(page.locator(STANDING)).to_have_text("Live")
            expect(page.locator(".live")).not_to_have_attribute("data-stale", re.compile(""))
    # What the first part held back comes after, and pulls nobody out of the present.
    expect(stage).to_have_attribute("data-showing", "2")
    broadcast.stops()
    expect(page.locator(STANDING)).to_have_text("Ended")
    assert page.evaluate("window.gaps") == 0
    expect(page.locator(".live")).to_have_attribute("data-stale", "Ended")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(STANDING)).to_have_text("Ended")
    expect(page.locator(".live")).not_to_have_attribute("data-stale", re.compile(""))
    assert painted(page)


def test_what_is_over_is_watched_from_its_beginning(
    page: Page, running: Running, goes_live: Callable[[str], Broadcast], film: bytes
) -> None:
    broadcast = goes_live("it was yesterday")
    broadcast.begins(1)
    broadcast.sends(1, film)
    broadcast.ends_part(1)
    broadcast.stops()
    watches(page, running, broadcast)
    eventually(lambda: shown_ms(page) >= 0, "a moment")
    assert shown_ms(page) < SECONDS * 1000 / 2
    expect(page.locator(STANDING)).to_have_text("Ended")
    expect(page.locator(".live")).not_to_have_attribute("data-stale", re.compile(""))


def test_a_tip_that_is_taken_back_leaves_no_picture_on_the_wall(
    page: Page, running: Running, goes_live: Callable[[str], Broadcast], film: bytes
) -> None:
    broadcast = goes_live("a mistake")
    broadcast.begins(1)
    with broadcast.at_real_pace(1, film, SECONDS):
        watches(page, running, broadcast)
        running.town.withdraws(broadcast.tip_id)
        expect(page.locator(".live__picture")).to_have_count(0)
        expect(page.locator("#onair")).to_contain_text("Not shown any more")


def test_staff_ask_and_see_how_far_it_came_and_stop_it(
    page: Page, running: Running, goes_live: Callable[[str], Broadcast], film: bytes
) -> None:
    broadcast = goes_live("a fight")
    broadcast.begins(1)
    with broadcast.at_real_pace(1, film, SECONDS):
        watches(page, running, broadcast)
        page.get_by_role("button", name="Pan left").click()
        expect(page.locator(".asked__standing")).to_have_text("sent")
        assert broadcast.beats() == [(1, "Please pan left")]
        broadcast.beats(delivered=1)
        expect(page.locator(".asked__standing")).to_have_text("delivered")
        broadcast.beats(delivered=1, seen=1)
        expect(page.locator(".asked__standing")).to_have_text("seen")
        page.keyboard.press("r")
        page.keyboard.type("Is anybody hurt?")
        page.keyboard.press("Enter")
        expect(page.locator(".asked__text").first).to_have_text("Is anybody hurt?")
        page.keyboard.press("Escape")
        page.locator(".tiphead__title").click()
        page.keyboard.press("x")
        page.get_by_role("button", name="Stop it for good").click()
        expect(page.locator(STANDING)).to_have_text("Stopped by staff")
        expect(page.get_by_role("button", name="Stop it", exact=False)).to_have_count(0)
        assert kinds(broadcast)[-1] == "live_closed"


def test_who_audits_sees_that_somebody_is_live_and_no_more(
    page: Page, running: Running, goes_live: Callable[[str], Broadcast], film: bytes
) -> None:
    broadcast = goes_live("a fight")
    broadcast.begins(1)
    broadcast.sends(1, film)
    sign_in(page, running, "dave", "auditor")
    expect(page.locator("#airing")).to_contain_text("Message not shown to your role")
    page.goto(f"/live/{broadcast.id}")
    expect(page.locator("#onair")).to_contain_text("Not shown to your role")
    for name in ("Watch", "Pan left", "Stop it"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def without(content: bytes, boxes: range) -> bytes:
    """An MP4 of which some fragments never came: counted from the first, each a `moof` with its `mdat`."""
    kept, at, number = b"", 0, -1
    while at < len(content):
        size, name = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        number += name == b"moof"
        if number not in boxes:
            kept += content[at : at + size]
        at += size
    return kept


def test_an_mp4_plays_over_a_gap_and_stays_near_the_present(
    page: Page, running: Running, goes_live: Callable[[str], Broadcast], tmp_path: Path
) -> None:
    film = without(fmp4(tmp_path / "a.mp4", seconds=SECONDS), range(6, 10))
    broadcast = goes_live("from an iPhone")
    broadcast.begins(1, mime="video/mp4")  # some phones say no more
    with broadcast.at_real_pace(1, film, SECONDS):
        watches(page, running, broadcast)
        assert page.locator(".live__picture").evaluate("picture => picture.tagName") == "VIDEO"
        eventually(lambda: shown_ms(page) > 5500, "what lies behind the gap")


def test_without_webcodecs_a_media_source_shows_it(
    page: Page, running: Running, goes_live: Callable[[str], Broadcast]
) -> None:
    # A browser's own: a MediaSource refuses what ffmpeg writes while it goes.
    film = by_chromium(page.context, ms=4000)
    page.add_init_script("delete window.VideoDecoder")
    broadcast = goes_live("in an older browser")
    broadcast.begins(1)
    with broadcast.at_real_pace(1, film, 4):
        watches(page, running, broadcast)
        assert page.locator(".live__picture").evaluate("picture => picture.tagName") == "VIDEO"
        eventually(lambda: shown_ms(page) > 2500, "the present")


def test_a_marked_moment_is_found_again_in_what_was_kept(
    page: Page, running: Running, goes_live: Callable[[str], Broadcast]
) -> None:
    town, broadcast = running.town, goes_live("a van")
    broadcast.begins(1)
    clip = filmed(town.root, 1)
    broadcast.sends(1, clip.read_bytes())
    with town.database.as_role("console") as conn:
        live = sessions.get(conn, broadcast.id)
        mark_moment(conn, live.id, 1, 2500, actor=town.person("bob", "investigator").actor)
    broadcast.ends_part(1)
    media_id = broadcast.arrives(1)
    broadcast.seals(1, media_id)
    town.inspect(media_id, "video", "video/mp4", {"seconds": FILMED_SECONDS, "picture": PICTURE})
    town.poster(media_id, 1)
    town.derive(media_id, "watch", "done", "playback", clip, "video/mp4", seconds=FILMED_SECONDS)
    sign_in(page, running)
    page.goto(f"/tips/{broadcast.tip_id}")
    page.get_by_role("button", name="Marked at 0:02").click()
    eventually(lambda: page.locator("video").evaluate("video => video.currentTime") >= 2.5)
    expect(page.locator("#broadcasts")).to_contain_text("Live now")


def test_a_link_to_go_live_is_sent_with_one_key(page: Page, running: Running) -> None:
    tip_id = running.town.tip("they are still there")
    sign_in(page, running)
    page.goto(f"/tips/{tip_id}")
    expect(page.locator("#pulse")).to_have_attribute("data-pulse", "live")
    page.keyboard.press("g")
    expect(page.locator("#conversation")).to_contain_text("/live#")
    (written,) = running.town.reads(tip_id)
    assert "show us what you see now" in written
    with running.town.database.as_role("console") as conn:
        assert "live_link" in [entry.kind for entry in ledger.history(conn, tip_id)]


def test_firefox_watches_as_well(
    running: Running, goes_live: Callable[[str], Broadcast], film: bytes, tmp_path: Path
) -> None:
    webm_one, mp4_one = goes_live("in Firefox"), goes_live("from an iPhone")
    webm_one.begins(1)
    mp4_one.begins(1, mime='video/mp4; codecs="avc1.42C00D,mp4a.40.2"')
    other = fmp4(tmp_path / "a.mp4", seconds=SECONDS)
    with webm_one.at_real_pace(1, film, SECONDS), mp4_one.at_real_pace(1, other, SECONDS):
        told = subprocess.run(
            [
                "node", str(HERE / "watch_in_firefox.mjs"), FIREFOX, running.settings.origin,
                running.town.link("alice", "reviewer"), str(webm_one.id), str(mp4_one.id),
            ],
            check=True, stdout=subprocess.PIPE, text=True, cwd=HERE.parents[2],
        )  # fmt: skip
    by_webm, by_mp4 = json.loads(told.stdout)
    assert (by_webm["by"], by_mp4["by"]) == ("CANVAS", "VIDEO")
    assert min(by_webm["colours"], by_mp4["colours"]) > 4
