"""A bucket that is shared, and hosts with a directory each."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.settings import StoreSettings
from evidence.spool import Upload, UploadSecret
from evidence.spread.shelf import Shelf
from evidence.spread.spool import SpreadSpool
from tipline.up.store import REGION, EmbeddedStore
from tipline.up.store_access import STEWARD

NewHost = Callable[[str], SpreadSpool]


def new_shelf(store_server: EmbeddedStore) -> Shelf:
    """An empty bucket."""
    keys, bucket = store_server.keys[STEWARD], f"spool-{secrets.token_hex(6)}"
    store_server.client(STEWARD).create_bucket(Bucket=bucket)
    settings = StoreSettings(store_server.endpoint, REGION, keys.access_key, keys.secret_key)
    return Shelf.connect(settings, bucket)


def new_upload(length: int | None = None, lifetime: timedelta = timedelta(hours=72)) -> Upload:
    return Upload.new(
        UploadSecret.new(), length=length, lifetime=lifetime, sealed_name=b"sealed", metadata=""
    )


@pytest.fixture(scope="module")
def shelf(store_server: EmbeddedStore) -> Shelf:
    return new_shelf(store_server)


@pytest.fixture
def host(shelf: Shelf, tmp_path: Path) -> NewHost:
    """Give a host by its name, with the directory that it had before."""

    def named(name: str) -> SpreadSpool:
        root = tmp_path / name
        root.mkdir(exist_ok=True)
        return SpreadSpool(root, shelf=shelf)

    return named
