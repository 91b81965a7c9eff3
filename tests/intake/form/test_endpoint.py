"""The form's app without its process: what a test can stop in the middle."""

import asyncio
import secrets

import pytest
from flask import Flask

from intake.door import Door
from intake.form import FormEndpoint
from intake.uploads import arrival
from intake.wire.http import Message
from tests.conftest import Database
from tests.waiting import eventually

CLIP = secrets.token_bytes(100_000)


def form() -> tuple[dict[str, object], Message]:
    """A scope and the one message of a form with words and a clip."""
    parts = [
        b'--edge\r\nContent-Disposition: form-data; name="what"\r\n\r\nA blue van\r\n',
        b'--edge\r\nContent-Disposition: form-data; name="clip"; filename="a.mov"\r\n',
        b"Content-Type: video/quicktime\r\n\r\n" + CLIP + b"\r\n--edge--\r\n",
    ]
    headers = [(b"content-type", b"multipart/form-data; boundary=edge")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/tips/form",
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }
    return scope, {"type": "http.request", "body": b"".join(parts)}


def test_a_form_that_is_cancelled_in_its_transaction_keeps_the_bytes_of_what_it_opened(
    door: Door, database: Database
) -> None:
    """The thread goes on and may commit: a media without bytes would be evidence that is lost."""
    scope, message = form()

    async def receive() -> Message:
        return message

    async def send(_: Message) -> None:
        raise AssertionError("nobody is there to be answered")

    def waiting() -> bool:
        with database.as_admin() as conn:
            row = conn.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
        return bool(row and row[0])

    async def scene() -> None:
        request = asyncio.create_task(FormEndpoint(door, Flask("pages"))(scope, receive, send))
        with database.as_admin() as conn, conn.transaction():
            conn.execute("LOCK TABLE media IN ACCESS EXCLUSIVE MODE")
            await asyncio.to_thread(eventually, waiting, "the form's transaction")
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request

    asyncio.run(scene())

    def media() -> list[object]:
        with database.as_admin() as conn:
            return [row[0] for row in conn.execute("SELECT upload_id FROM media")]

    (upload_id,) = eventually(media, "the commit")
    (held,) = door.spool.held()
    assert held == upload_id
    assert door.spool.bytes_path(held).read_bytes() == CLIP
    asyncio.run(arrival.reconcile(door))
    assert door.spool.look(held).received
