"""The phone drives into a tunnel just as the answer comes: what it asks again finds what was made."""

from playwright.sync_api import Route

from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.waiting import eventually
from tests.web.citizen.conftest import NewFile, Phone, fingerprint

MB = 1_000_000


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


def _next_try(erin: Phone, lost: list[bool]) -> None:
    before = len(lost)
    erin.page.clock.run_for(8_000)
    eventually(lambda: len(lost) > before or erin.page.is_visible("#tip [role=alert]"))


def test_pressed_again_after_a_long_silence_it_is_still_one_tip(
    erin: Phone, door: Intake, database: Database
) -> None:
    erin.page.clock.install()
    lost: list[bool] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status == 201)
        route.abort()

    erin.page.route("**/tips", lose)
    erin.visit(door)
    erin.page.fill("#what", "A white van")
    erin.page.click(".send")
    while not erin.page.is_visible("#tip [role=alert]"):
        _next_try(erin, lost)
    assert "No signal" in erin.page.inner_text("#tip [role=alert]")
    assert len(lost) > 1
    erin.page.unroute("**/tips")
    assert len(erin.send()) == 9
    assert _counts(database)[0] == 1
