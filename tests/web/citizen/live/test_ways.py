"""The ways to a broadcast of a tip that is there: its receipt, or a link that staff sent."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from evidence.live.link import issue
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.web.citizen.conftest import Phone
from tests.web.citizen.live.conftest import (
    WITNESS,
    Broadcasting,
    assert_whole,
    film_on,
    go_live,
    start_filming,
    stop,
)
from tests.web.citizen.test_returning import opened


def _tip(database: Database) -> UUID:
    with database.as_admin() as conn:
        [(tip_id,)] = conn.execute("SELECT id FROM tip").fetchall()
    found: UUID = tip_id
    return found


def _filmed(erin: Phone, door: Intake, broadcasting: Broadcasting, tip_id: UUID) -> None:
    """Erin films for a moment; it is of that tip, and nothing that leads to it stands in an address."""
    film_on(erin.page, 5_000)
    assert erin.page.url.removesuffix("?lang=en") == f"{door.url}/live"
    stop(erin.page)
    assert_whole(erin.page, broadcasting)
    assert broadcasting.session().tip_id == tip_id
    assert erin.page.locator(".receipt").is_hidden(), "its words were shown before"


def test_a_receipt_leads_to_a_broadcast_of_its_tip(
    erin: Phone, door: Intake, broadcasting: Broadcasting, database: Database
) -> None:
    erin.visit(door)
    erin.page.fill("#what", "A white van")
    erin.send()
    link = erin.page.locator('.receipt [data-do="live"]').evaluate("link => link.href")
    go_live(erin, door, link.removeprefix(door.url))
    _filmed(erin, door, broadcasting, _tip(database))


def test_so_does_the_page_of_an_opened_tip(
    erin: Phone, door: Intake, broadcasting: Broadcasting, database: Database
) -> None:
    opened(erin.page, door)
    erin.page.add_init_script(WITNESS)
    erin.page.click('#more [data-do="live"]')
    erin.page.wait_for_url("**/live*")
    start_filming(erin.page)
    _filmed(erin, door, broadcasting, _tip(database))


def test_so_does_a_link_of_staff_once(
    erin: Phone, door: Intake, broadcasting: Broadcasting, database: Database
) -> None:
    erin.visit(door)
    erin.page.fill("#what", "A white van")
    erin.send()
    tip_id, until = _tip(database), datetime.now(UTC) + timedelta(hours=1)
    with database.as_role("console") as conn:
        link = issue(conn, tip_id, until=until, actor="reviewer:alice")
    go_live(erin, door, f"/live#{link.code}")
    _filmed(erin, door, broadcasting, tip_id)
    erin.page.goto("about:blank")
    erin.page.goto(f"{door.url}/live#{link.code}")
    erin.page.click("#consent .send:not([disabled])")
    erin.page.wait_for_selector('#consent [data-slot="error"]:has-text("This link was used already")')
