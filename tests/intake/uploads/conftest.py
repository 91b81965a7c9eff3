"""A door without its process: what a test can call step by step."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from evidence.db.connect import open_pool
from evidence.spool import Spool
from intake.door import Door
from intake.guard import Guard
from intake.settings import IntakeSettings
from tests.conftest import Database


@pytest.fixture
def door(database: Database, spool_dir: Path, agency_key: PrivateKey) -> Iterator[Door]:
    settings = IntakeSettings(database.url("intake"), spool_dir, bytes(agency_key.public_key))
    with open_pool(settings.database_url, size=2, autocommit=True) as pool:
        door = Door(settings, Spool(spool_dir), pool, Guard(settings))
        yield door
        door.guard.close()
        door.threads.close()
