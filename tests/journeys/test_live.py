"""Erin films, and alice sees it now: a clock before a real camera's door, read from the console's picture."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from bench.live import filming, staff, watch
from tests.journeys.town import Town
from tests.waiting import eventually

# A loaded machine encodes slowly; what is on show is the clock all the same, and goes on.
SOON_SECONDS = 45


@pytest.fixture(scope="module")
def playing() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


def read(page: Page) -> float:
    """The time on show, in seconds since the epoch."""
    return (
        float(page.evaluate("() => { const {at, delay} = window.pictures.at(-1); return at - delay; }"))
        / 1000
    )


def test_what_is_filmed_is_seen_and_answered_and_stopped_and_kept(town: Town, playing: Playwright) -> None:
    with filming(playing, town.public_url) as erin:
        desk = staff(playing, town.link_for("alice", "reviewer"))
        try:
            alice = watch(desk, town.signin_link)
            eventually(lambda: 0 < time.time() - read(alice) < SOON_SECONDS, "the present")
            before = read(alice)
            eventually(lambda: read(alice) > before + 1, "the next second")

            alice.keyboard.press("1")
            alice.keyboard.press("Enter")
            alice.get_by_role("button", name="Pan left").click()
            prompt = erin.locator("[data-slot=prompt]")
            expect(prompt).to_contain_text("Please pan left", timeout=20_000)
            erin.get_by_role("button", name="OK, read").click()
            expect(alice.locator(".asked__standing")).to_have_text("seen", timeout=20_000)

            alice.get_by_role("button", name="Stop it").click()
            alice.get_by_role("button", name="Stop it for good").click()
            expect(erin.locator("#afterwards")).to_be_visible(timeout=20_000)
        finally:
            desk.close()
    tip = town.wait_settled()
    assert tip["channel"] == "live"
    assert [media["kind"] for media in tip["media"]] == ["video"]
