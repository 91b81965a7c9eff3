"""The live page for everybody: axe finds nothing, a keyboard is enough, a screen reader is told."""

from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize

from evidence.live.prompt import send
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.web.citizen.conftest import DESK, Phone
from tests.web.citizen.live.conftest import Broadcasting, go_live
from tests.web.citizen.test_accessible import NARROWEST, assert_sound


@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [
        pytest.param(NARROWEST, "light", "es", id="narrowest"),
        pytest.param(DESK, "dark", "en", id="desk-dark"),
    ],
)
def test_every_state_of_the_live_page_is_sound(
    new_phone: Callable[..., Phone],
    door: Intake,
    broadcasting: Broadcasting,
    database: Database,
    size: ViewportSize,
    scheme: str,
    language: str,
) -> None:
    erin = new_phone(size, color_scheme=scheme, reduced_motion="reduce")
    page = erin.page
    erin.visit(door, f"/live?lang={language}")
    assert_sound(page, "asking")
    go_live(erin, door, f"/live?lang={language}")
    assert_sound(page, "live")
    stop = page.locator('[data-do="stop"]').bounding_box()
    assert stop is not None
    assert stop["y"] + stop["height"] <= size["height"], "Stop is in sight without scrolling"
    assert stop["height"] >= 60
    with database.as_role("console") as conn:
        text = "Por favor, gire la cámara despacio hacia la izquierda y quédese donde está."
        send(conn, broadcasting.session(), text, actor="reviewer:alice", agency_public_key=bytes(range(32)))
    page.wait_for_selector(".stage__prompt:not([hidden])")
    assert_sound(page, "asked")
    erin.lose_signal()
    page.wait_for_selector('#on-air[data-state="offline"]')
    assert_sound(page, "without a signal")
    page.click(".stage__prompt button")
    page.click('[data-do="stop"]')
    page.wait_for_selector("#afterwards:not([hidden])")
    assert_sound(page, "sending the rest")
    erin.weaken(-1)
    page.wait_for_selector('#afterwards[data-state="over"]')
    assert_sound(page, "arrived")


def test_a_keyboard_is_enough_and_a_screen_reader_is_told_what_matters(erin: Phone, door: Intake) -> None:
    page = erin.page
    page.add_init_script(
        """window.said = [];
        addEventListener("DOMContentLoaded", () => {
            const place = document.querySelector("#announcer");
            new MutationObserver(() => place.textContent && said.push(place.textContent))
                .observe(place, { childList: true });
        });"""
    )
    erin.visit(door, "/live")

    def tab_to(selector: str) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} cannot be reached")

    page.wait_for_selector("#consent .send:not([disabled])")
    tab_to("[name=sound]")
    page.keyboard.press("Space")
    tab_to("#consent .send")
    page.keyboard.press("Enter")
    page.wait_for_selector("#on-air:not([hidden])")
    assert page.evaluate("document.activeElement.id") == "on-air-title"
    erin.lose_signal()
    page.wait_for_selector('#on-air[data-state="offline"]')
    erin.weaken(-1)
    page.wait_for_selector('#on-air:not([data-state="offline"])')
    tab_to('[data-do="stop"]')
    page.keyboard.press("Space")
    page.wait_for_selector('#afterwards[data-state="over"]')
    assert page.evaluate("document.activeElement.matches('#afterwards h1')")
    live, lost, back, *_ = page.evaluate("said")
    assert (live, lost, back) == (
        "You are live. Staff can see your camera's picture.",
        "No signal. What you film is saved on this phone.",
        "Signal is back. Staff can see you again.",
    )
