"""When a proof of work is asked for, and whether one that was brought holds."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from intake.guard.allowance import MINUTE, SECOND, Allowance
from intake.guard.flood import Flood
from intake.guard.proof import HEADER, Challenge, Proof, key_from
from intake.guard.refusals import ProofNeeded, TooFast
from intake.guard.spent import Spent
from intake.settings import IntakeSettings
from intake.threads import roam
from intake.wire.http import Request

# A proof takes milliseconds of a core. Who would wait for its verification longer than that comes again.
_MOST_WAITING = 2000
# Of as many tips a minute as make a flood, the share of forms that are taken in one.
_FORMS_OF_A_FLOOD = 10


class Toll:
    """Asks for a proof always, never, or as long as there is a flood."""

    def __init__(self, settings: IntakeSettings) -> None:
        self._mode = settings.proof_of_work
        self._bits = settings.proof_bits
        self._key = key_from(settings.database_url)
        self._flood = Flood(settings.flood_tips_per_minute)
        self._spent = Spent()
        self._forms = Allowance(max(1, settings.flood_tips_per_minute // _FORMS_OF_A_FLOOD), MINUTE)
        self._forms_whole_at = 0
        # One thread: proofs may take one core, and leave the others to uploads.
        self._verifying = ThreadPoolExecutor(1, thread_name_prefix="proof", initializer=roam)
        self._waiting = 0

    @property
    def off(self) -> bool:
        """Whether no proof is ever asked for."""
        return self._mode == "off"

    @property
    def demanded(self) -> bool:
        """Whether every tip has to bring a proof now."""
        return self._mode == "always" or (self._mode == "auto" and self._flood.rising)

    def knock(self) -> None:
        """Count one who wants to open a tip, whatever they bring: a made-up proof is no better than none."""
        self._flood.knock()

    async def require(self, request: Request) -> None:
        """Let a request pass that brings a proof; raises `ProofNeeded` with a challenge."""
        said = request.headers.get(HEADER)
        if said is None or not await self._holds(said):
            raise ProofNeeded(Challenge.new(time.time(), self._bits).members(self._key))

    def require_share(self) -> None:
        """Let a form pass that can prove nothing: so many a minute of all clients together.

        Raises `TooFast`.
        """
        now = time.monotonic_ns()
        if wait := self._forms.wait(self._forms_whole_at, 1, now):
            raise TooFast(
                "Very many tips are coming in right now.", code="flood", seconds=max(wait, MINUTE) / SECOND
            )
        self._forms_whole_at = self._forms.spend(self._forms_whole_at, 1, now)

    def close(self) -> None:
        """Verify nothing more."""
        self._verifying.shutdown(wait=False, cancel_futures=True)

    async def _holds(self, said: str) -> bool:
        proof = Proof.read(said)
        challenge = Challenge.read(proof.challenge, self._key) if proof else None
        if proof is None or challenge is None or self._waiting >= _MOST_WAITING:
            return False
        # Spent before it is verified: what does not hold is not tried twice.
        if not self._spent.spend(challenge, time.time()):
            return False
        self._waiting += 1
        try:
            return await asyncio.wrap_future(self._verifying.submit(challenge.holds, proof.answers))
        finally:
            self._waiting -= 1
