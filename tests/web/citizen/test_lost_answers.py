"""The phone drives into a tunnel just as the answer comes: what it asks again finds what was made."""

import signal

import pytest
from playwright.sync_api import Route, expect

from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.waiting import eventually
from tests.web.citizen.conftest import NewFile, Phone, fingerprint, words_of

MB = 1_000_000
# Whoever tries ever more rarely, and never less than each 8 seconds, has tried for longer than that.
TRIES_OF_A_MINUTE = 12
PATIENCE = "[data-slot=patience]"


def _counts(database: Database) -> list[int]:
    with database.as_admin() as conn:
        [row] = conn.execute(
            "SELECT (SELECT count(*) FROM tip), (SELECT count(*) FROM upload), (SELECT count(*) FROM media)"
        ).fetchall()
    return list(row)


def test_a_tip_and_an_upload_whose_answers_are_lost_are_there_once(
    erin: Phone, door: Intake, new_file: NewFile, database: Database
) -> None:
    keys: list[tuple[str, str]] = []

    def lose_the_first_answer(route: Route) -> None:
        request = route.request
        if request.method != "POST":
            return route.continue_()
        path = request.url.removeprefix(door.url)
        keys.append((path, request.headers["idempotency-key"]))
        if [path for path, _ in keys].count(path) > 1:
            return route.continue_()
        assert route.fetch().status == 201, "the door did it"
        return route.abort()

    erin.page.route("**/tips", lose_the_first_answer)
    erin.page.route("**/files/", lose_the_first_answer)
    clip = new_file("clip.mp4", 2 * MB)
    erin.visit(door)
    erin.page.fill("#what", "A white van")
    erin.choose(clip)
    assert len(erin.send()) == 9
    erin.wait_for_row("done")
    assert _counts(database) == [1, 1, 1]
    [of_the_tip] = {key for path, key in keys if path == "/tips"}
    [of_the_upload] = {key for path, key in keys if path == "/files/"}
    assert of_the_tip != of_the_upload
    assert erin.page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})") == "{}"
    assert fingerprint(clip) in {fingerprint(path) for path in door.spool.root.glob("*.bytes")}


def test_however_long_the_answers_are_lost_it_goes_on_by_itself_and_is_one_tip(
    erin: Phone, door: Intake, database: Database
) -> None:
    erin.page.clock.install()
    lost: list[bool] = []

    def lose(route: Route) -> None:
        if len(lost) == TRIES_OF_A_MINUTE:
            return route.continue_()
        lost.append(route.fetch().status == 201)
        return route.abort()

    def a_second_passes() -> None:
        # Looking at the page lets the routes of the meantime be served.
        erin.page.clock.run_for(1_000)

    erin.page.route("**/tips", lose)
    erin.visit(door)
    erin.page.fill("#what", "A white van")
    erin.page.click(".send")
    erin.page.wait_for_selector(f"{PATIENCE}:visible")
    assert "Still trying; keep this page open" in erin.page.inner_text(PATIENCE)
    eventually(lambda: a_second_passes() or erin.page.is_visible("#sending"))
    assert lost == [True] * TRIES_OF_A_MINUTE
    assert erin.page.locator(".receipt__words li").count() == 9
    assert _counts(database)[0] == 1


@pytest.mark.parametrize(
    ("path", "sentence"), [("/", "Still trying; keep this page open"), ("/?lang=es", "no cierre esta página")]
)
def test_without_a_signal_it_says_so_and_sends_when_the_signal_is_back(
    erin: Phone, door: Intake, database: Database, path: str, sentence: str
) -> None:
    erin.visit(door, path)
    erin.page.fill("#what", "A white van")
    erin.lose_signal()
    erin.page.click(".send")
    erin.page.wait_for_selector(f"{PATIENCE}:has-text('{sentence}')")
    erin.weaken(-1)
    erin.page.wait_for_selector("#sending:not([hidden])")
    assert _counts(database)[0] == 1


def test_a_door_that_is_away_is_waited_for_and_told_what_is_written_by_then(
    erin: Phone, door: Intake, new_file: NewFile
) -> None:
    erin.visit(door)
    erin.page.fill("#what", "A white van")
    door.stop()
    erin.page.click(".send")
    erin.page.wait_for_selector(f"{PATIENCE}:has-text('Still trying')")
    erin.page.fill("#what", "A white van with a dent")
    erin.choose(new_file("dent.jpg", 1000))
    door.start()
    erin.page.wait_for_selector("#sending:not([hidden])")
    words = erin.page.locator(".receipt__words li").all_inner_texts()
    erin.wait_for_row("done")
    erin.page.goto(f"{door.url}/r")
    erin.page.fill("#words", words_of(words))
    erin.page.click(".send")
    expect(erin.page.locator("main")).to_contain_text("A white van with a dent")


def test_a_door_that_says_nothing_is_said_before_anybody_gives_up(erin: Phone, door: Intake) -> None:
    erin.visit(door)
    erin.page.fill("#what", "A white van")
    assert door.process is not None
    door.process.send_signal(signal.SIGSTOP)
    try:
        erin.page.click(".send")
        erin.page.wait_for_selector(f"{PATIENCE}:has-text('Still trying')")
    finally:
        door.process.send_signal(signal.SIGCONT)
    erin.page.wait_for_selector("#sending:not([hidden])")
