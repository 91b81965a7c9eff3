"""From one tap to the receipt: what is stored is what was filmed, whatever camera and phone do meanwhile."""

import json

from playwright.sync_api import expect

from evidence.live.prompt import send
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.web.citizen.conftest import Phone, words_of
from tests.web.citizen.live.conftest import (
    Broadcasting,
    assert_whole,
    film_on,
    go_live,
    kept_on,
    stop,
    until,
)

TRACK = "document.querySelector('#preview').srcObject.getVideoTracks()[0]"
AGENCY = bytes(range(32))


def test_one_tap_leads_to_a_live_picture_and_ends_with_nine_words_that_open_the_tip(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    page = erin.page
    page.goto(door.url)
    page.click("text=Go live")
    page.wait_for_url("**/live")
    go_live(erin, door)
    film_on(page)
    assert broadcasting.session().state == "live"
    until(lambda: broadcasting.bytes() > 20_000, "what is filmed is at the door while it is filmed")
    assert page.inner_text('[data-slot="state"]') == "Live"
    stop(page)
    assert "Everything has arrived" in page.inner_text("h1:visible")
    films = assert_whole(page, broadcasting)
    assert [film.part.why for film in films] == ["start"]
    assert f"({sum(len(film.content) for film in films)} bytes)" in page.inner_text("#afterwards")
    assert (broadcasting.session().how_ended, kept_on(page)) == ("citizen", 0)
    words = page.locator(".receipt__words li").all_inner_texts()
    assert len(words) == 9
    page.click('.receipt [data-do="live"]')
    page.wait_for_selector("#consent .send:not([disabled])")
    page.goto(f"{door.url}/r")
    page.fill("#words", words_of(words))
    page.click(".send")
    expect(page.locator("main")).to_contain_text("Arrived completely")


def test_a_turned_phone_the_other_camera_and_no_sound_are_parts_of_their_own(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    page = erin.page
    go_live(erin, door)
    film_on(page)
    page.evaluate(f"{TRACK}.applyConstraints({{ width: 480, height: 640 }})")
    until(lambda: broadcasting.why() == ["start", "resize"], "a part after the turn")
    page.click('[data-do="turn"]')
    until(lambda: broadcasting.why()[-1] == "camera", "a part of the other camera")
    page.click('[data-do="sound"]')
    until(lambda: len(broadcasting.why()) == 4, "a part without sound")
    assert page.inner_text('[data-do="sound"]') == "Switch sound on"
    film_on(page, 10_000)
    stop(page)
    films = assert_whole(page, broadcasting)
    assert ["opus" in film.part.mime for film in films] == [True, True, True, False]


def test_a_camera_that_a_call_took_is_asked_for_anew(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    page = erin.page
    go_live(erin, door)
    film_on(page)
    page.evaluate(f"{{ const track = {TRACK}; track.stop(); track.dispatchEvent(new Event('ended')); }}")
    until(lambda: broadcasting.why() == ["start", "camera"], "a part of the camera after the call")
    film_on(page, 10_000)
    stop(page)
    assert_whole(page, broadcasting)


def test_what_staff_ask_stands_over_the_picture_until_it_is_read(
    erin: Phone, door: Intake, broadcasting: Broadcasting, database: Database
) -> None:
    page = erin.page
    go_live(erin, door, sound=False)
    with database.as_role("console") as conn:
        send(
            conn, broadcasting.session(), "Please pan left", actor="reviewer:alice", agency_public_key=AGENCY
        )
    page.wait_for_selector(".stage__prompt:not([hidden])")
    assert "Please pan left" in page.inner_text(".stage__prompt")
    until(lambda: _prompt(database) == (True, False), "it was delivered, and not read")
    page.keyboard.press("Enter")
    until(lambda: _prompt(database) == (True, True), "it was read")
    assert page.locator(".stage__prompt").is_hidden()
    stop(page)


def _prompt(database: Database) -> tuple[bool, bool]:
    with database.as_admin() as conn:
        [row] = conn.execute(
            "SELECT delivered_at IS NOT NULL, seen_at IS NOT NULL FROM live_prompt"
        ).fetchall()
    delivered, seen = row
    return bool(delivered), bool(seen)


def test_the_place_is_a_part_of_its_own_with_a_stop_of_its_own(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    page = erin.page
    erin.context.grant_permissions(["geolocation", "camera", "microphone"])
    erin.context.set_geolocation({"latitude": 32.2988, "longitude": -90.1848, "accuracy": 12})
    go_live(erin, door)
    film_on(page, 10_000)
    assert not broadcasting.session().place
    page.click('[data-do="place"]')
    until(lambda: _fixes(broadcasting), "the first fix")
    erin.context.set_geolocation({"latitude": 32.3, "longitude": -90.2, "accuracy": 7})
    until(lambda: len(_fixes(broadcasting)) == 2, "the second fix")
    page.click('[data-do="place"]')
    assert page.inner_text('[data-do="place"]') == "Send my place too"
    erin.context.set_geolocation({"latitude": 33, "longitude": -91, "accuracy": 7})
    film_on(page, 10_000)
    stop(page)
    assert_whole(page, broadcasting)
    one, other = _fixes(broadcasting)
    assert (one["lat"], one["lon"], one["accuracy_m"]) == (32.2988, -90.1848, 12)
    assert (other["lat"], other["lon"], other["accuracy_m"]) == (32.3, -90.2, 7)
    assert one["media_ms"] <= other["media_ms"]
    began = broadcasting.films()[0].part.began_at.timestamp() * 1000
    assert abs(one["fix_ms"] - began - one["media_ms"]) <= 1


def _fixes(broadcasting: Broadcasting) -> list[dict[str, float]]:
    places = [stored.content for stored in broadcasting.stored() if stored.part.kind == "place"]
    return [json.loads(line) for place in places for line in place.splitlines()]
