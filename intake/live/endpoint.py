"""Everything under `/live` but the page: answered natively, since each sender asks each second."""

import re

from evidence.errors import NotFound
from intake.door import Door
from intake.fault import answered
from intake.live.beating import beat, end
from intake.live.opening import open_live
from intake.live.parts import end_part, open_part
from intake.wire.http import Answer, MethodNotAllowed, Receive, Request, Scope, Send

PREFIX = "/live"

_END_OF_PART = re.compile(r"/live/parts/([0-9]{1,6})/end")


class LiveEndpoint:
    """An ASGI app for what a sender asks."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a client that is gone gets no answer."""
        answer = await answered(self._answer(Request(scope), receive), "a broadcast")
        if answer is not None:
            await answer.send(send)

    async def _answer(self, request: Request, receive: Receive) -> Answer:
        door = self._door
        path = request.path.removeprefix(request.scope.get("root_path", ""))
        ended = _END_OF_PART.fullmatch(path)
        known = {PREFIX: open_live, "/live/parts": open_part, "/live/beat": beat, "/live/end": end}
        if ended is None and path not in known:
            raise NotFound("There is nothing here.", code="not_found")
        if request.method != "POST":
            raise MethodNotAllowed("Broadcasts are spoken of here with POST.", "POST")
        if ended is not None:
            return await end_part(door, request, receive, int(ended[1]))
        return await known[path](door, request, receive)
