"""A page's line to the server: let go while nobody looks, made again once refused, gone with its session."""

from playwright.sync_api import Page, expect

from tests.waiting import eventually
from tests.web.console.conftest import Running, sign_in
from tests.web.console.test_outage import database_away
from tests.web.console.test_queue_page import live


def turn(page: Page, *, hidden: bool) -> None:
    """Go to another tab, or come back."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {configurable: true, value: hidden});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_hidden_queue_keeps_no_line_and_is_true_again_when_seen(page: Page, running: Running) -> None:
    sign_in(page, running)
    live(page)
    turn(page, hidden=True)
    eventually(lambda: not running.console.ear.viewers)
    tip_id = running.town.tip("meanwhile")
    turn(page, hidden=False)
    expect(page.locator(f"#tip-{tip_id}")).to_be_visible()
    eventually(lambda: len(running.console.ear.viewers) == 1)


def test_a_refused_line_is_made_again(page: Page, running: Running) -> None:
    """A browser gives an event stream up for good at the first answer that is no stream."""
    sign_in(page, running)
    live(page)
    pulse = page.locator("#pulse")
    with database_away(running):
        turn(page, hidden=True)
        turn(page, hidden=False)
        expect(pulse).to_have_attribute("data-pulse", "lost")
    expect(pulse).to_have_attribute("data-pulse", "live", timeout=60_000)
    tip_id = running.town.tip("after")
    expect(page.locator(f"#tip-{tip_id}")).to_be_visible()


def test_a_session_that_ended_meanwhile_asks_to_sign_in(page: Page, running: Running) -> None:
    sign_in(page, running)
    page.goto("/cases?q=van")
    live(page)
    turn(page, hidden=True)
    with running.town.database.as_admin() as conn:
        conn.execute("DELETE FROM console_session")
    turn(page, hidden=False)
    page.wait_for_url("**/signin?ended=1&next=*")
    assert page.url.endswith("next=%2Fcases%3Fq%3Dvan")
