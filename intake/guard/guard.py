"""What stands between a request and the work it asks for; called on the event loop, as the request comes."""

from collections.abc import Iterator
from contextlib import contextmanager

from evidence.errors import EvidenceError
from intake.guard.meters import Meters
from intake.guard.reserve import Reserve
from intake.guard.toll import Toll
from intake.settings import IntakeSettings
from intake.wire.http import Request


class Guard:
    """The door's limits in force. Going on is never limited: an upload that was admitted may always end."""

    def __init__(self, settings: IntakeSettings) -> None:
        self._meters = Meters.of(settings)
        self._toll = Toll(settings)
        self.reserve = Reserve(settings.spool, settings.spool_reserve_bytes)

    async def admit_tip(self, request: Request) -> None:
        """Admit one tip; raises `TooFast`, or `ProofNeeded` with a challenge."""
        client = self._meters.client(request.scope)
        self._meters.require_tip(client)
        await self._toll.require(request)
        self._meters.spend_tip(client)

    async def admit_upload(self, request: Request, length: int | None, *, bound: bool) -> None:
        """Admit a new upload of `length` bytes, None while nobody knows.

        Raises `TooFast`, `NoRoom`, or `ProofNeeded` where it is not `bound` to a tip: that had its own.
        """
        client = self._meters.client(request.scope)
        self._meters.require_upload(client, length or 0)
        await self.reserve.require(length or 0)
        if not bound:
            await self._toll.require(request)
        self._meters.spend_upload(client, length or 0)

    async def admit_form(self, request: Request) -> EvidenceError | None:
        """Admit a tip from a page without script; answers why its files cannot be kept, None where they can.

        Raises `TooFast`.
        """
        client, length = self._meters.client(request.scope), request.content_length or 0
        self._meters.require_tip(client)
        self._meters.require_upload(client, length)
        self._toll.require_share()
        self._meters.spend_tip(client)
        self._meters.spend_upload(client, length)
        return await self.reserve.refusal(length)

    def count_bytes(self, request: Request, count: int) -> None:
        """Count what came of an upload whose length nobody knew when it was admitted."""
        self._meters.spend_bytes(self._meters.client(request.scope), count)

    @contextmanager
    def sending(self, request: Request) -> Iterator[None]:
        """Count a request's body among its client's for as long as it comes in."""
        with self._meters.sending(self._meters.client(request.scope)):
            yield

    def close(self) -> None:
        """Stop what runs beside the event loop."""
        self._toll.close()
