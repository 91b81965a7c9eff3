"""The pages alone, over a real database: no browser, no server."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from evidence import tips
from evidence.db.connect import Pool, open_pool
from evidence.reviewers.reviewer import Reviewer, named
from evidence.reviewers.signin import mint_link
from evidence.thread import StaffKeys, TipText, reply
from evidence.thread.message import newest_sequence
from evidence.tips.door import TipKeys
from intake.pages import create_pages
from intake.settings import IntakeSettings
from intake.tips import open_tip
from tests.conftest import Database
from tests.intake.pages.visiting import CONSOLE
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


@pytest.fixture
def bob(database: Database) -> Reviewer:
    with database.as_role("operator") as conn:
        mint_link(conn, "bob", "investigator")
    with database.as_role("console") as conn:
        found = named(conn, "bob")
    assert found
    return found


@pytest.fixture
def answer(database: Database, bob: Reviewer, agency_key: PrivateKey) -> Callable[..., None]:
    """Staff answer the newest tip."""

    def write(text: str, signing: SigningKey = CONSOLE) -> None:
        keys = StaffKeys(bytes(agency_key), bytes(signing))
        with database.as_role("console") as conn:
            tip = tips.newest(conn)[0]
            once = hashlib.sha256(text.encode()).digest()
            seen = newest_sequence(conn, tip.id)
            reply(conn, tip.id, text, actor=bob.actor, keys=keys, once=once, seen=seen)

    return write
