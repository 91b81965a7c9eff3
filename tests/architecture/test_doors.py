"""Every route of both doors is decided about: public by name, or behind a role."""

from pathlib import Path

import pytest
from flask import Flask

from evidence.db.connect import open_pool
from evidence.reviewers.roles import Act
from intake.pages import create_pages
from intake.settings import IntakeSettings
from web.console import access

ROOT = Path(__file__).parents[2]

# Everything a stranger may ask of the public door's pages; uploads, the form's POST and health are native.
PUBLIC_PAGES = {
    "/", "/tips/form", "/privacy", "/bundle.txt", "/static/<name>",
    "/live", "/r", "/r/<place>", "/r/messages", "/r/pass", "/r/statement", "/r/withdraw",
    "/u/<code>",
}  # fmt: skip


@pytest.fixture
def public_pages(tmp_path: Path) -> Flask:
    pool = open_pool("postgresql://127.0.0.1:9/nowhere", size=1)
    pool.close()
    settings = IntakeSettings(database_url="", spool=tmp_path, agency_public_key=bytes(32))
    return create_pages(settings, ROOT / "web/citizen", pool)


def test_the_public_door_has_no_page_nobody_listed(public_pages: Flask) -> None:
    assert {rule.rule for rule in public_pages.url_map.iter_rules()} == PUBLIC_PAGES


def test_the_console_opens_nothing_but_sign_in_and_health_to_strangers() -> None:
    assert {endpoint for endpoint in access.PUBLIC if not endpoint.startswith(("signin.", "health."))} == {
        "static"
    }


def test_every_other_route_of_the_console_asks_for_an_act_that_exists() -> None:
    """That the table names every route is asked of the running console: tests/web/console/test_access.py."""
    decided = {**access.REQUIRED, **access.NATIVE}
    assert decided
    assert not access.PUBLIC & set(decided)
    assert set(decided.values()) <= set(Act)


def test_a_route_nobody_decided_about_is_shut() -> None:
    with pytest.raises(KeyError):
        access.required_act("cases.forgotten")
