"""What each process may in the bucket that the hosts share, by the policies that we write for it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from evidence.errors import Unavailable
from evidence.settings import StoreSettings
from evidence.spread.follower import Follower
from evidence.spread.shelf import Shelf
from evidence.spread.spool import SpreadSpool
from tests.evidence.spread.conftest import new_upload
from tests.evidence.spread.test_hosts import write
from tipline.up.store import REGION, EmbeddedStore, fresh_keys
from tipline.up.store_access import Buckets, Keys

SPOOL = "tipline-spool"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    keys = {**fresh_keys(), "intake": Keys("intake", "a secret of forty characters, or near it")}
    root = tmp_path_factory.mktemp("store")
    with EmbeddedStore(root, keys, Buckets(spool=SPOOL), max_volumes=50).running() as server:
        yield server


def shelf_of(server: EmbeddedStore, identity: str) -> Shelf:
    keys = server.keys[identity]
    settings = StoreSettings(server.endpoint, REGION, keys.access_key, keys.secret_key)
    return Shelf.connect(settings, SPOOL)


def test_each_can_do_its_part_and_the_console_only_reads(server: EmbeddedStore, tmp_path: Path) -> None:
    rooms = {name: tmp_path / name for name in ("intake", "worker", "expire", "console")}
    for room in rooms.values():
        room.mkdir()
    door, worker, clock = (
        SpreadSpool(rooms[name], shelf=shelf_of(server, name)) for name in ("intake", "worker", "expire")
    )
    follower = Follower(rooms["console"], shelf_of(server, "console"))
    first, second = new_upload(3), new_upload()
    for upload in (first, second):
        door.create(upload)
        write(door, upload, b"abc")
        follower.catch_up(upload.id)
    with pytest.raises(Unavailable):
        follower.shelf.mark_received(second.id)
    door.cut(second.id)
    door.mark_received(first.id)
    assert worker.examine(first.id).size == 3
    worker.release(first.id)
    clock.remove(second.id)
    assert door.sweep_received(datetime.now(UTC) + door.lifetime + timedelta(days=2)) == 1
    assert list(door.shelf.held()) == []


def test_the_door_reaches_no_other_bucket(server: EmbeddedStore) -> None:
    client, buckets = server.client("intake"), server.buckets
    for bucket in (buckets.originals, buckets.derivatives, buckets.checkpoints):
        for ask in (
            lambda bucket=bucket: client.list_objects_v2(Bucket=bucket),
            lambda bucket=bucket: client.get_object(Bucket=bucket, Key="any"),
            lambda bucket=bucket: client.put_object(Bucket=bucket, Key="any", Body=b"x"),
        ):
            with pytest.raises(ClientError, match="AccessDenied"):
                ask()  # type: ignore[no-untyped-call]
