"""Between the event loop and the pages: a body is read here, whole and small, before a thread is spent on it.

A page thread that waited for somebody's slow body would be one of ten, and signing in asks for no sign-in:
ten such strangers would shut the console.
"""

import asyncio
from dataclasses import dataclass

from evidence.errors import EvidenceError, TooLarge
from web.console.asgi import App, Message, Receive, Scope, Send
from web.console.doorkeeper import refuse

# Forms here hold a note at most; media never comes in by this door.
LARGEST_BODY = 256 * 1024
PATIENCE_SECONDS = 20.0


class TooSlow(EvidenceError):
    """The body did not come whole in time."""

    status = 408
    default_code = "too_slow"


@dataclass(frozen=True)
class Patient:
    """Reads a request's body with a limit and a deadline, then hands it to the pages."""

    pages: App
    seconds: float = PATIENCE_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; who left while sending gets none."""
        try:
            async with asyncio.timeout(self.seconds):
                whole = await _whole(receive)
        except TimeoutError:
            return await refuse(send, TooSlow("This took too long to arrive. Send it again."))
        except EvidenceError as refusal:
            return await refuse(send, refusal)
        if whole is None:
            return None
        unread = [whole]

        async def replay() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            return {"type": "http.disconnect"}

        return await self.pages(scope, replay, send)


async def _whole(receive: Receive) -> bytes | None:
    """Return a request's body, None where its sender left; raises `TooLarge`."""
    whole = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        whole += message.get("body", b"")
        if len(whole) > LARGEST_BODY:
            raise TooLarge("That is more than this page takes.", code="body_too_large")
        if not message.get("more_body", False):
            return bytes(whole)
