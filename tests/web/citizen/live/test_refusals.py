"""Where it cannot be, or is ended by others: the page says so in plain words, and what to do instead."""

from collections.abc import Callable

from playwright.sync_api import Page

from evidence.live.session import close
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.web.citizen.conftest import NewDoor, Phone
from tests.web.citizen.live.conftest import Broadcasting, film_on, go_live, kept_on, start_filming, until

ERROR = '#consent [data-slot="error"]'
INSTAGRAM = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Mobile/22B83 Instagram 356.0.0.0"
)


def _told(page: Page) -> str:
    page.wait_for_selector(f"{ERROR}:not([hidden])")
    return page.inner_text(ERROR)


def _refusing(name: str) -> str:
    return f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{name}') }}"


def test_a_camera_that_is_not_to_be_had_is_told_apart_and_opens_nothing(
    new_phone: Callable[..., Phone], door: Intake, database: Database
) -> None:
    for name, says in (
        ("NotAllowedError", "told not to use the camera"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "Another app is using the camera"),
    ):
        page = new_phone().page
        page.add_init_script(_refusing(name))
        page.goto(f"{door.url}/live")
        page.click("#consent .send")
        assert says in _told(page)
        assert page.evaluate("document.activeElement.dataset.slot") == "error"
    assert _sessions(database) == 0


def test_a_browser_that_cannot_or_may_not_says_where_it_can_be_done(
    new_phone: Callable[..., Phone], door: Intake
) -> None:
    for options, says in (
        ({}, "Open this page in Safari or Chrome"),
        ({"user_agent": INSTAGRAM}, "Use the menu of the app to open it in Safari or Chrome"),
    ):
        page = new_phone(**options).page
        page.add_init_script("delete window.MediaRecorder")
        page.goto(f"{door.url}/live")
        assert says in _told(page)
        assert page.locator("#consent .send").is_disabled()
    page = new_phone(user_agent=INSTAGRAM).page
    page.goto(f"{door.url}/live")
    page.wait_for_selector("[data-slot=inside]:not([hidden])")
    page.wait_for_selector("#consent .send:not([disabled])")


def test_without_a_microphone_the_picture_goes_on_and_it_is_said(
    erin: Phone, door: Intake, broadcasting: Broadcasting
) -> None:
    erin.page.add_init_script(
        """{ const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wanted) => {
            if (wanted.audio) throw new DOMException("", "NotAllowedError");
            return real(wanted);
        }; }"""
    )
    go_live(erin, door)
    assert "staff see the picture without sound" in erin.page.inner_text("#on-air")
    until(broadcasting.films, "the picture")
    assert "opus" not in broadcasting.films()[0].part.mime


def test_a_second_tab_of_the_same_browser_films_nothing_until_the_first_is_closed(
    erin: Phone, door: Intake
) -> None:
    erin.page.goto(f"{door.url}/live")
    erin.page.wait_for_selector("#consent .send:not([disabled])")
    other = erin.context.new_page()
    other.goto(f"{door.url}/live")
    assert "open in another tab" in _told(other)
    assert other.locator("#consent .send").is_disabled()
    erin.page.close()
    start_filming(other)
    assert other.locator(ERROR).is_hidden()


def test_a_link_that_was_used_and_a_full_door_are_told_with_what_to_do_instead(
    new_door: NewDoor, new_phone: Callable[..., Phone], database: Database
) -> None:
    with new_door(TIPLINE_LIVE_AT_ONCE="1") as door:
        first, second, third = new_phone(), new_phone(), new_phone()
        go_live(first, door)
        second.page.goto(f"{door.url}/live")
        second.page.click("#consent .send")
        assert "film with your phone's camera and send the clip" in _told(second.page).lower()
        third.page.goto(f"{door.url}/live#ABCD-EFGH-JKMN-PQRS")
        third.page.click("#consent .send")
        assert "This link was used already" in _told(third.page)
        assert _sessions(database) == 1


def test_staff_close_it_and_the_page_says_what_was_kept(
    erin: Phone, door: Intake, broadcasting: Broadcasting, database: Database
) -> None:
    page = erin.page
    go_live(erin, door)
    film_on(page)
    until(lambda: broadcasting.bytes() > 10_000, "the first bytes")
    with database.as_role("console") as conn:
        close(conn, broadcasting.session().id, actor="reviewer:alice")
    page.wait_for_selector('#afterwards[data-state="over"]')
    assert "This live video was closed" in page.inner_text("#afterwards")
    assert page.locator(".receipt__words li").count() == 9
    assert kept_on(page) == 0
    until(lambda: broadcasting.films()[0].part.settled, "what came is a media")
    assert broadcasting.films()[0].frames() > 0


def _sessions(database: Database) -> int:
    with database.as_admin() as conn:
        [(count,)] = conn.execute("SELECT count(*) FROM live_session").fetchall()
    return int(count)
