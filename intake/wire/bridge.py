"""Between the event loop and the pages: a body is read here, whole and small, before a thread is spent on it.

A page thread that waited for a slow phone's body would be one of ten; ten such phones would close the door.
"""

from collections.abc import Awaitable, Callable

from evidence.errors import EvidenceError
from intake.wire.body import Bodies, Body, Disconnected, read_whole
from intake.wire.http import Message, Receive, Scope, Send, problem

App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Bridge:
    """Reads a request's body with a limit and a timeout, then hands it to the app behind."""

    def __init__(self, app: App, bodies: Bodies) -> None:
        self._app = app
        self._bodies = bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, without the client's address: nothing behind needs it."""
        try:
            with self._bodies.reading(Body(receive)) as body:
                whole = await read_whole(body)
        except Disconnected:
            return
        except EvidenceError as refusal:
            await problem(refusal).send(send)
            return
        unread = [whole]

        async def replay() -> Message:
            if unread:
                return {"type": "http.request", "body": unread.pop(), "more_body": False}
            return {"type": "http.disconnect"}

        await self._app({**scope, "client": None}, replay, send)
