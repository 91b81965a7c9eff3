"""The look through the spool, by itself: what stands in one upload's way is in no other's."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from nacl.public import PrivateKey

from evidence.db.connect import open_pool
from evidence.media import door as media
from evidence.spool import Spool, Upload, UploadSecret
from evidence.spool.layout import Files
from intake.database import transaction
from intake.door import Door
from intake.guard import Guard
from intake.settings import IntakeSettings
from intake.uploads import arrival
from tests.conftest import Database


@pytest.fixture
def door(database: Database, spool_dir: Path, agency_key: PrivateKey) -> Iterator[Door]:
    settings = IntakeSettings(database.url("intake"), spool_dir, bytes(agency_key.public_key))
    with open_pool(settings.database_url, size=2) as pool:
        door = Door(settings, Spool(spool_dir), pool, Guard(settings))
        yield door
        door.guard.close()
        door.threads.close()


def complete_upload(door: Door) -> Files:
    """An upload with all its bytes, whose process died before it could say so."""
    upload = Upload.new(
        UploadSecret.new(), length=3, lifetime=timedelta(hours=1), sealed_name=b"sealed", metadata=""
    )
    standing = door.spool.create(upload)
    with transaction(door.pool) as conn:
        media.open_upload(conn, upload.id, token=None, max_files=1, expires_at=standing.expires_at)
    with door.spool.writer(door.spool.take(upload.id)) as writer:
        writer.append(b"abc")
    return Files(door.spool.root, upload.id)


def test_an_upload_that_cannot_be_settled_keeps_no_other_from_it(
    door: Door, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    uploads = sorted((complete_upload(door) for _ in range(3)), key=lambda files: str(files.upload_id))
    uploads[0].leaves.mkdir()  # nobody can read a directory as a file
    asyncio.run(arrival.reconcile(door))
    assert [files.received.exists() for files in uploads] == [False, True, True]
    assert [record.message.splitlines()[0] for record in caplog.records if record.levelname == "ERROR"] == [
        "IsADirectoryError in settling an upload"
    ]
    uploads[0].leaves.rmdir()
    asyncio.run(arrival.reconcile(door))
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM media").fetchone() == (3,)
