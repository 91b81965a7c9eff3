"""What is settled before a body is read, when another request comes in between."""

import asyncio
import os
from datetime import timedelta

import pytest

from evidence.spool import Superseded, Upload, UploadSecret
from intake.door import Door
from intake.uploads.receiving import keep_first, settle_length
from intake.uploads.taking import take


def test_a_body_goes_nowhere_but_where_its_request_found_the_upload(door: Door) -> None:
    """Its length is settled, and meanwhile another process has taken bytes in."""
    secret = UploadSecret.new()
    upload = Upload.new(secret, length=None, lifetime=timedelta(hours=1), sealed_name=b"", metadata="")
    door.spool.create(upload)

    async def one_between_two_steps_of_another() -> None:
        slow = await take(door, secret)
        with door.spool.writer(await take(door, secret)) as writer:
            writer.append(b"abc")
        await settle_length(door, secret, slow, 10)

    with pytest.raises(Superseded):
        asyncio.run(one_between_two_steps_of_another())
    assert door.spool.look(secret.upload_id).length is None


def test_first_bytes_are_told_to_where_they_are_on_the_disk(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A creation whose body a newer request cut off: that one may have more in memory than on the disk."""
    secret = UploadSecret.new()
    upload = Upload.new(secret, length=10, lifetime=timedelta(hours=1), sealed_name=b"", metadata="")
    door.spool.create(upload)
    synced: list[int] = []
    fdatasync = os.fdatasync

    def sync(fd: int) -> None:
        fdatasync(fd)
        synced.append(os.fstat(fd).st_size)

    async def cut_off() -> int:
        raise Superseded

    with door.spool.writer(door.spool.take(secret.upload_id)) as writer:
        writer.append(b"abc")
        monkeypatch.setattr(os, "fdatasync", sync)
        assert asyncio.run(keep_first(door, secret.upload_id, cut_off())) == 3
        assert synced == [3]
        writer.append(b"def")  # it was asked, and taken from nobody
