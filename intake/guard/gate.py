"""The gate before `POST /tips`: what it refuses costs no thread, and the pages behind it know no address."""

from evidence.errors import EvidenceError
from intake.guard.caller import App
from intake.guard.guard import Guard
from intake.wire.http import Receive, Request, Scope, Send, problem


class Gate:
    """Passes on what the guard admits, and answers the rest with problem details."""

    def __init__(self, app: App, guard: Guard) -> None:
        self._app = app
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request that opens a tip."""
        try:
            await self._guard.admit_tip(Request(scope))
        except EvidenceError as refusal:
            await problem(refusal).send(send)
        else:
            await self._app(scope, receive, send)
