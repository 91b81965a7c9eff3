"""Leaves of an upload that grows by many hands: each has its hash, and none is hashed in vain."""

import asyncio
import os
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from types import SimpleNamespace

import pytest

from evidence.spool import LEAF_BYTES, Spool, Superseded, Upload, UploadSecret
from intake.door import Door
from intake.uploads.growing import Growing
from intake.uploads.receiving import take_in
from intake.uploads.taking import take
from intake.wire.http import Message, Request

MIB = 1024 * 1024
LENGTH = 3 * LEAF_BYTES + 5 * MIB


def new_upload(spool: Spool, length: int | None = LENGTH) -> UploadSecret:
    secret = UploadSecret.new()
    spool.create(Upload.new(secret, length=length, lifetime=timedelta(hours=1), sealed_name=b"", metadata=""))
    return secret


async def come_in(door: Door, secret: UploadSecret, body: bytes) -> int:
    """Send a body with `Content-Length` as the server would hand it on."""
    pieces = [body[begin : begin + 500_000] for begin in range(0, len(body), 500_000)]

    async def receive() -> Message:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    request = Request({"headers": [(b"content-length", str(len(body)).encode())]})
    return await take_in(door, request, receive, await take(door, secret))


@pytest.mark.parametrize("length", [LENGTH, None])
def test_two_processes_in_turn_leave_the_hashes_of_what_is_there(door: Door, length: int | None) -> None:
    """Each takes the upload over in the middle of a leaf; the next piece of the other is not kept."""
    secret = new_upload(door.spool, length)
    content = os.urandom(LENGTH)
    beside = replace(door, spool=Spool(door.spool.root))

    async def scene() -> None:
        hands = [door, beside]
        former: Growing | None = None
        while (begin := (await take(hands[0], secret)).standing.offset) < LENGTH - 5 * MIB:
            mine = hands[0]
            growing = Growing(mine.spool, await take(mine, secret), mine.threads, end=length)
            if former is not None:
                with closing(former), pytest.raises(Superseded):
                    former.write(b"of old")
            for piece in range(begin, begin + 5 * MIB, MIB + 1):
                behind = growing.write(content[piece : piece + MIB + 1])
                if behind is not None:
                    await behind
            former, hands = growing, hands[::-1]
        assert former is not None
        with closing(former):
            await former.settle()

    asyncio.run(scene())
    size = door.spool.look(secret.upload_id).offset
    leaves = [content[begin : min(begin + LEAF_BYTES, size)] for begin in range(0, size, LEAF_BYTES)]
    expected = sha256(b"".join(sha256(leaf).digest() for leaf in leaves)).digest()
    assert size >= 3 * LEAF_BYTES
    assert door.spool.complete(secret.upload_id, size) == expected
    assert door.spool.examine(secret.upload_id).leaves_sha256 == expected


def test_a_piece_that_ends_within_a_leaf_is_not_hashed_in_vain(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page sends such pieces: what they begin is read back by whoever ends it."""
    secret = new_upload(door.spool)
    begun: list[object] = []

    def counted() -> object:
        begun.append(sha256())
        return begun[-1]

    monkeypatch.setattr("intake.uploads.hashing.hashlib", SimpleNamespace(sha256=counted))
    assert asyncio.run(come_in(door, secret, bytes(5 * MIB))) == 5 * MIB
    assert begun == []
    assert asyncio.run(come_in(door, secret, bytes(12 * MIB))) == 17 * MIB
    assert len(begun) == 1
