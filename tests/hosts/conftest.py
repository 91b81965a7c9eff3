"""Three hosts for a test: two may be enough for the public, the third looks on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.settings import StoreSettings
from evidence.spread.shelf import Shelf
from tests.conftest import Database
from tests.evidence.spread.conftest import new_shelf
from tests.hosts.region import Region, region
from tipline.up.store import EmbeddedStore

AGENCY_KEY = bytes(range(1, 33))


@pytest.fixture
def shelf(store_server: EmbeddedStore) -> Shelf:
    return new_shelf(store_server)


@pytest.fixture
def town(database: Database, store_settings: StoreSettings, shelf: Shelf, tmp_path: Path) -> Iterator[Region]:
    """Two hosts of the public's."""
    with region(("north", "south"), database, store_settings, shelf, AGENCY_KEY, tmp_path) as made:
        yield made
        for host in made.network.hosts.values():
            said = host.log.read_text()
            assert "ERROR" not in said, said
