"""The pages alone, over a real database: no browser, no server."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from nacl.public import PrivateKey

from evidence.db.connect import Pool, open_pool
from evidence.thread import TipText
from evidence.tips.door import TipKeys
from intake.pages import create_pages
from intake.settings import IntakeSettings
from intake.tips import open_tip
from tests.conftest import Database
from tests.web.citizen.built import built_citizen

NewPages = Callable[..., Flask]
Tell = Callable[[str], TipKeys]


@pytest.fixture
def pool(database: Database) -> Iterator[Pool]:
    with open_pool(database.url("intake"), size=2, autocommit=True) as pool:
        yield pool


@pytest.fixture
def settings(database: Database, spool_dir: Path, agency_key: PrivateKey) -> IntakeSettings:
    return IntakeSettings(
        database_url=database.url("intake"),
        spool=spool_dir,
        agency_public_key=bytes(agency_key.public_key),
        agency_name="Springfield Crime Center",
        emergency_number="112",
    )


@pytest.fixture
def new_pages(settings: IntakeSettings, pool: Pool) -> NewPages:
    """Make the app with some settings changed."""

    def make(**changes: Any) -> Flask:
        return create_pages(replace(settings, **changes), built_citizen(), pool)

    return make


@pytest.fixture
def tell(settings: IntakeSettings, pool: Pool) -> Tell:
    """Open a tip with some words."""
    return lambda what: open_tip(pool, settings, TipText(what=what), "en")


@pytest.fixture
def erin(new_pages: NewPages) -> FlaskClient:
    """A citizen's browser, without script."""
    return new_pages().test_client()
