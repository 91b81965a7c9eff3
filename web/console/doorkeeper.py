"""The guard's rule for the native endpoints, which Flask never sees."""

import asyncio
from dataclasses import dataclass

from evidence.errors import EvidenceError
from evidence.reviewers import session as sessions
from evidence.reviewers.session import Session
from web.console.asgi import Scope, Send, header, send_body, start
from web.console.cookies import token_in
from web.console.guard import SignedOut, check
from web.console.house import House
from web.console.outage import AWAY, database_away
from web.console.problems import MIME, problem


@dataclass(frozen=True)
class Doorkeeper:
    """Finds the session of a native request and checks its role."""

    house: House

    async def let_in(self, scope: Scope, endpoint: str, *, by_itself: bool) -> Session:
        """Return the caller's session. `by_itself`: no person acts, so the session is not prolonged.

        Raises `SignedOut` without a live session, `Forbidden` where the role does not allow the endpoint,
        `Unavailable` while the database is away.
        """
        token = token_in(header(scope, "cookie") or "", secure=self.house.settings.secure)
        try:
            session = await asyncio.to_thread(self._find, token, by_itself=by_itself) if token else None
        except AWAY:
            raise database_away() from None
        if session is None:
            raise SignedOut("You are signed out. Sign in again to go on.")
        check(session, endpoint)
        return session

    def _find(self, token: str, *, by_itself: bool) -> Session | None:
        find = sessions.peek if by_itself else sessions.resume
        with self.house.pool.connection() as conn:
            return find(conn, token, idle=self.house.settings.idle)


async def refuse(send: Send, error: EvidenceError) -> None:
    """Answer a native request with problem details."""
    body = problem(error.status, error.code, error.sentence)
    await start(
        send,
        error.status,
        [("Content-Type", MIME), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")],
    )
    await send_body(send, body)
