"""What stands between a request and the work it asks for; called on the event loop, as the request comes."""

import asyncio

from evidence.errors import EvidenceError
from intake.guard.meters import Limit, Meter, Meters
from intake.guard.refusals import NoRoom
from intake.guard.reserve import Reserve
from intake.guard.toll import Toll
from intake.settings import IntakeSettings
from intake.wire.http import Request


class Guard:
    """The door's limits in force. Going on is never limited: an upload that was admitted may always end.

    Whoever is over a limit of tips or uploads is not barred but asked for a proof of work, as all are in a
    flood: behind one address there may be thousands of people, and one of them a nuisance.
    """

    def __init__(self, settings: IntakeSettings) -> None:
        self._meters = Meters(settings)
        self._toll = Toll(settings)
        self._reserve = Reserve(settings.spool, settings.spool_reserve_bytes)

    async def admit_tip(self, request: Request) -> None:
        """Admit one tip; raises `ProofNeeded` with a challenge, `TooFast` where proofs are switched off."""
        await self._admit(request, Limit.TIPS, opens_tip=True)

    async def admit_upload(self, request: Request, length: int | None, *, bound: bool) -> None:
        """Admit a new upload of `length` bytes, None while nobody knows; `bound` to a tip or opening its own.

        Raises like `admit_tip`, `NoRoom`, and `TooFast` for more bytes than one client may send.
        """
        if refusal := self._no_room(length or 0):
            raise refusal
        await self._admit(request, Limit.UPLOADS, opens_tip=not bound)
        self._meter(request).require(Limit.BYTES, length or 0)

    async def admit_form(self, request: Request) -> EvidenceError | None:
        """Admit a tip from a page without script; answers why its files cannot be kept, None where they can.

        It can prove nothing: where a proof is asked for it gets a share of what all such forms may have.
        Raises `TooFast`.
        """
        meter, length = self._meter(request), request.content_length or 0
        self._toll.knock()
        if self._toll.off:
            meter.require(Limit.TIPS)
        elif self._toll.demanded or meter.take(Limit.TIPS):
            meter.require(Limit.FORMS)
            self._toll.require_share()
        meter.require(Limit.BYTES, length)
        return self._no_room(length)

    async def admit_live(self, request: Request, *, opens_tip: bool) -> None:
        """Admit one broadcast, on a tip of its own or on one that is there.

        Raises like `admit_tip`, or `NoRoom`.
        """
        if refusal := self._no_room(0):
            raise refusal
        await self._admit(request, Limit.LIVES, opens_tip=opens_tip)

    def admit_words(self, request: Request) -> None:
        """Admit one try to open a tip with words; raises `TooFast` after too many that opened nothing."""
        self._meter(request).require(Limit.WORDS, 0)

    def count_wrong_words(self, request: Request) -> None:
        """Count words that opened nothing."""
        self._meter(request).count(Limit.WORDS, 1)

    def count_bytes(self, request: Request, count: int) -> None:
        """Count what came of something whose length nobody knew when it was admitted."""
        self._meter(request).count(Limit.BYTES, count)

    async def forget_in_time(self) -> None:
        """Forget clients when their time is over, for ever, also where nobody calls."""
        while True:
            await asyncio.sleep(self._meters.clients.turn())

    def close(self) -> None:
        """Stop what runs beside the event loop."""
        self._toll.close()

    async def _admit(self, request: Request, limit: Limit, *, opens_tip: bool) -> None:
        meter = self._meter(request)
        if opens_tip:
            self._toll.knock()
        if self._toll.off:
            meter.require(limit)
        elif (opens_tip and self._toll.demanded) or meter.take(limit):
            await self._toll.require(request)

    def _no_room(self, length: int) -> NoRoom | None:
        return None if self._reserve.allows(length) else NoRoom()

    def _meter(self, request: Request) -> Meter:
        return self._meters.of(request.scope)
