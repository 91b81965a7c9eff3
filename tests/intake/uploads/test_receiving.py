"""What is settled before a body is read, when another request comes in between."""

import asyncio
from datetime import timedelta

import pytest

from evidence.spool import Superseded, Upload, UploadSecret
from intake.door import Door
from intake.uploads.receiving import settle_length
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
    assert door.spool.look(secret.upload_id).length == 10
