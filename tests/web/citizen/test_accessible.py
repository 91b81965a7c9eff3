"""WCAG 2.2 AA as far as axe can see, on every state of the page, small and large, light and dark."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.intake.conftest import Intake
from tests.web.citizen.built import ROOT
from tests.web.citizen.conftest import DESK, PHONE, NewFile, Phone, words_of

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
MB = 1_000_000
NARROWEST: ViewportSize = {"width": 320, "height": 640}


def assert_sound(page: Page, where: str) -> None:
    """Nothing for axe to find, and nothing sticks out at the side."""
    page.evaluate(f"() => {{ {AXE} }}")
    found = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    faults = [
        f"{fault['id']}: {node['html']} {node['failureSummary']}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]
    assert faults == [], where
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{where} is wider than the screen by {width} px"


@pytest.mark.parametrize(
    ("size", "scheme", "language"),
    [
        pytest.param(NARROWEST, "light", "es", id="narrowest"),
        pytest.param(PHONE, "light", "en", id="phone"),
        pytest.param(PHONE, "dark", "es", id="phone-dark"),
        pytest.param(DESK, "light", "es", id="desk"),
        pytest.param(DESK, "dark", "en", id="desk-dark"),
    ],
)
def test_every_state_is_sound(
    new_phone: Callable[..., Phone],
    door: Intake,
    new_file: NewFile,
    size: ViewportSize,
    scheme: str,
    language: str,
) -> None:
    erin = new_phone(size, color_scheme=scheme, reduced_motion="reduce")
    page = erin.page
    name = "VID_20261122_213005_a_rather_long_name_without_a_space.mov"
    clip, empty = new_file(name, 12 * MB), new_file("empty.mp4", 0)
    erin.visit(door, f"/?lang={language}")
    assert_sound(page, "the first page")
    page.click(".send")
    page.click("summary")
    erin.choose(clip, empty)
    assert_sound(page, "a filled page with refusals")
    erin.weaken(2 * MB)
    words = erin.send()
    erin.wait_for_percent(5)
    assert_sound(page, "sending")
    erin.lose_signal()
    erin.wait_for_row("noSignal")
    assert_sound(page, "no signal")
    erin.press("pause")
    erin.weaken(-1)
    assert_sound(page, "paused")
    page.goto("about:blank")
    erin.visit(door, f"/?lang={language}")
    assert_sound(page, "unfinished")
    page.set_input_files("#again", clip)
    erin.wait_for_row("done")
    assert_sound(page, "done")
    for path in ("/privacy", "/nowhere", "/r"):
        page.goto(f"{door.url}{path}?lang={language}")
        assert_sound(page, path)
    page.fill("#words", "nine words")
    page.click(".send")
    assert_sound(page, "refused words")
    page.fill("#words", words_of(words))
    page.click(".send")
    page.wait_for_selector("dl")
    assert_sound(page, "an opened tip")


def test_a_keyboard_is_enough(erin: Phone, door: Intake, new_file: NewFile) -> None:
    page, clip = erin.page, new_file("clip.mp4", 12 * MB)
    # Listened for from the start: asked for only at the key press, the chooser may be faster.
    page.on("filechooser", lambda chooser: chooser.set_files(clip))
    erin.visit(door)

    def tab_to(selector: str) -> None:
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
        raise AssertionError(f"{selector} cannot be reached")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "usa-skipnav"
    tab_to("#what")
    page.keyboard.type("A white van")
    tab_to("#files")
    page.keyboard.press("Space")
    page.wait_for_selector(".chosen li")
    erin.weaken(2 * MB)
    tab_to(".send")
    page.keyboard.press("Enter")
    page.wait_for_selector("#sending:not([hidden])")
    assert page.evaluate("document.activeElement.id") == "sending-title"
    erin.wait_for_percent(5)
    tab_to('[data-do="pause"]')
    page.keyboard.press("Enter")
    erin.wait_for_row("paused")
    assert page.evaluate("document.activeElement.dataset.do") == "resume"
    page.keyboard.press("Enter")
    erin.wait_for_row("sending")


def test_a_screen_reader_is_told_what_matters_and_no_more(
    erin: Phone, door: Intake, new_file: NewFile
) -> None:
    erin.visit(door)
    erin.page.evaluate(
        """() => {
            window.said = [];
            const place = document.querySelector("#announcer");
            new MutationObserver(() => place.textContent && said.push(place.textContent))
                .observe(place, { childList: true });
        }"""
    )
    erin.choose(new_file("clip.mp4", 12 * MB))
    erin.weaken(3 * MB)
    erin.send()
    erin.wait_for_row("done")
    assert erin.page.evaluate("said") == [
        "clip.mp4: 25 %",
        "clip.mp4: 50 %",
        "clip.mp4: 75 %",
        "clip.mp4 has arrived",
    ]


@pytest.mark.parametrize("path", ["/", "/r"])
def test_the_first_label_stands_at_the_edge_of_its_form(erin: Phone, door: Intake, path: str) -> None:
    erin.page.goto(door.url + path)
    above = erin.page.evaluate(
        """() => {
            const form = document.querySelector('form.panel');
            const label = form.querySelector('.usa-label').getBoundingClientRect();
            const inside = form.getBoundingClientRect().top + parseFloat(getComputedStyle(form).paddingTop);
            return label.top - inside;
        }"""
    )
    assert above <= 2, "nothing but the border"
