"""The look through the spool, by itself: what stands in one upload's way is in no other's."""

import asyncio
import os
import resource
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.media import door as media
from evidence.spool import Spool, Standing, Upload, UploadSecret
from evidence.spool.layout import Files
from intake.database import transaction
from intake.door import Door
from intake.uploads import arrival
from tests.conftest import Database


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


def joined_upload(door: Door, size: int) -> None:
    """Two parts of `size` bytes, and the upload that joins them, as far as its process came."""
    parts = []
    for _ in range(2):
        about = Upload.new(
            UploadSecret.new(),
            length=size,
            lifetime=timedelta(hours=1),
            sealed_name=b"",
            metadata="",
            concat="partial",
        )
        door.spool.create(about)
        with door.spool.writer(door.spool.take(about.id)) as writer:
            writer.append(b"x" * size)
        parts.append(about.id)
    whole = Upload.new(
        UploadSecret.new(),
        length=2 * size,
        lifetime=timedelta(hours=1),
        sealed_name=b"",
        metadata="",
        concat="final",
        parts=tuple(parts),
    )
    standing = door.spool.create(whole)
    with transaction(door.pool) as conn:
        media.open_upload(conn, whole.id, token=None, max_files=1, expires_at=standing.expires_at)


def test_a_full_disk_is_no_fault_of_ours_and_passes(
    door: Door, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    joined_upload(door, 100_000)
    small = complete_upload(door)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        asyncio.run(arrival.reconcile(door))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert small.received.exists()
    assert [record.levelname for record in caplog.records if record.name == "tipline.intake"] == ["WARNING"]
    asyncio.run(arrival.reconcile(door))
    with database.as_admin() as conn:
        assert conn.execute("SELECT bytes FROM media ORDER BY bytes").fetchall() == [(3,), (200_000,)]


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


class Lively(Spool):
    """A spool in which whoever had an expired upload in hand writes just after it was looked at."""

    def unfinished(self) -> Iterator[Standing]:
        for standing in super().unfinished():
            writer = self.writer(self.take(standing.upload.id))
            long_ago = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
            os.utime(self.bytes_path(standing.upload.id), (long_ago, long_ago))
            yield Standing.read(Files(self.root, standing.upload.id))
            with writer:
                writer.append(b"a")


def test_an_upload_that_was_gone_on_with_while_others_were_settled_does_not_expire(door: Door) -> None:
    upload = Upload.new(
        UploadSecret.new(), length=3, lifetime=timedelta(hours=1), sealed_name=b"sealed", metadata=""
    )
    door.spool.create(upload)
    asyncio.run(arrival.reconcile(replace(door, spool=Lively(door.spool.root))))
    assert door.spool.look(upload.id).offset == 1
