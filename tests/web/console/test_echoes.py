"""What looks like another tip: suggested on both pages, marked in the queue, dismissed and taken back."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from evidence import ledger
from evidence.echoes import Echo
from tests.web.console.conftest import Running, sign_in
from tests.web.console.town import Town
from web.console.wording import echo_words

# The other button undoes "that tip ... is not the same".
DISMISS = re.compile("^Not the same as tip")


def two_alike(town: Town) -> tuple[UUID, UUID]:
    first, second = town.tip("A car on the pavement"), town.tip("The same car, I think")
    one, _ = town.clip(first, seed=1)
    two, _ = town.clip(second, seed=3)
    town.alike(two, one, mirrored=True, sound_ms=8_200)
    return first, second


def kinds(town: Town, tip_id: UUID) -> list[str]:
    with town.database.as_role("console") as conn:
        return [entry.kind for entry in ledger.history(conn, tip_id) if "echo" in entry.kind]


def test_both_tips_show_it_with_picture_reason_and_link(page: Page, running: Running) -> None:
    first, second = two_alike(running.town)
    sign_in(page, running)
    for here, there, words in ((first, second, "The same car"), (second, first, "A car on the pavement")):
        page.goto(f"/tips/{here}")
        part = page.locator("#echoes")
        expect(part.get_by_role("heading")).to_have_text("Looks like another tip")
        expect(part).to_contain_text("The same pictures for 12 s, mirrored; the same sound for 8 s")
        expect(part.locator(".picture__image")).to_be_visible()
        link = part.get_by_role("link", name=words)
        assert link.get_attribute("href") == f"/tips/{there}"
    page.keyboard.press("e")
    page.wait_for_url(f"**/tips/{first}")


def test_dismissed_with_one_click_and_back_with_one_key(page: Page, running: Running) -> None:
    first, second = two_alike(running.town)
    sign_in(page, running)
    expect(page.locator(f"#tip-{first} .row__alike")).to_have_text("like 1 other")
    page.goto(f"/tips/{first}")
    page.get_by_role("button", name=DISMISS).click()
    expect(page.locator(".echo--dismissed")).to_be_visible()
    expect(page.locator("#history")).to_contain_text("Said to be unlike another tip")
    assert kinds(running.town, first) == ["echo_dismissed"]
    assert kinds(running.town, second) == ["echo_found", "echo_dismissed"]
    page.keyboard.press("u")
    expect(page.get_by_role("button", name=DISMISS)).to_be_visible()
    assert kinds(running.town, first) == ["echo_dismissed", "echo_restored"]
    page.get_by_role("button", name=DISMISS).click()
    expect(page.locator(".echo--dismissed")).to_be_visible()
    page.goto("/")
    expect(page.locator(f"#tip-{first}")).to_be_visible()
    expect(page.locator(".row__alike")).to_have_count(0)
    page.goto(f"/tips/{second}")
    page.locator("#echoes").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name=DISMISS)).to_be_visible()


def test_it_appears_on_a_page_that_is_open_already(page: Page, running: Running) -> None:
    town = running.town
    first = town.tip("first")
    one, _ = town.clip(first, seed=1)
    sign_in(page, running)
    page.goto(f"/tips/{first}")
    expect(page.locator("#echoes")).to_have_count(0)
    two, _ = town.clip(town.tip("second"), seed=3)
    town.alike(two, one)
    expect(page.locator("#echoes")).to_contain_text("The same pictures for 12 s")


def test_forms_work_without_a_script_and_colleagues_do_not_collide(running: Running) -> None:
    first, second = two_alike(running.town)
    client = running.signed_in()
    for deed, again in (("dismiss", "echo_dismissed"), ("restore", "echo_shown")):
        answer = client.post(f"/tips/{first}/echoes/{deed}", data={"other": str(second)})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/tips/{first}")
        refused = client.post(
            f"/tips/{second}/echoes/{deed}",
            data={"other": str(first)},
            headers={"Accept": "application/json"},
        )
        assert (refused.status_code, refused.json()["code"]) == (409, again)


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [("", 400, "bad_tip"), ("x", 400, "bad_tip"), (str(UUID(int=1)), 404, "unknown_echo")],
)
def test_nonsense_is_told_in_a_sentence(running: Running, other: str, status: int, code: str) -> None:
    tip_id = running.town.tip("what")
    answer = running.signed_in().post(
        f"/tips/{tip_id}/echoes/dismiss", data={"other": other}, headers={"Accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_auditor_sees_that_they_are_alike_and_neither_picture_nor_words(running: Running) -> None:
    first, _ = two_alike(running.town)
    page = running.signed_in("dave", "auditor").get(f"/tips/{first}").text
    assert "The same pictures for 12\N{NO-BREAK SPACE}s" in page
    assert "The same car" not in page
    assert "picture__image" not in page
    assert "Not the same" not in page


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ({"same_file": True, "pictures_ms": 4000}, "The same file, to the last byte"),
        ({"pictures_ms": 0}, "The same picture"),
        ({"pictures_ms": 0, "mirrored": True}, "The same picture, mirrored"),
        ({"pictures_ms": 60_200}, "The same pictures for 1 min"),
        ({"pictures_ms": 75_400}, "The same pictures for 1 min 15 s"),
        ({"sound_ms": 8_400}, "The same sound for 8 s"),
        ({"pictures_ms": 400, "sound_ms": 5_000}, "The same pictures for 1 s; the same sound for 5 s"),
    ],
)
def test_reasons_in_words(figures: dict[str, object], words: str) -> None:
    nothing = dict.fromkeys(Echo.__dataclass_fields__)
    echo = Echo(**{**nothing, "same_file": False, "mirrored": False, **figures})  # type: ignore[arg-type]
    assert echo_words(echo).replace("\N{NO-BREAK SPACE}", " ") == words
