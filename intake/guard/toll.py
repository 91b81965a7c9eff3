"""When a proof of work is asked for, and whether one that was brought holds."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

from intake.guard.allowance import MINUTE, Allowance
from intake.guard.flood import Flood
from intake.guard.proof import HEADER, Challenge, Proof, key_from
from intake.guard.refusals import ProofNeeded, TooFast
from intake.guard.spent import Spent
from intake.settings import IntakeSettings
from intake.wire.http import Request

# A proof takes milliseconds of a core. Who would wait for its verification longer than that comes again.
_MOST_WAITING = 2000


class Toll:
    """Asks for a proof always, never, or as long as there is a flood."""

    def __init__(self, settings: IntakeSettings) -> None:
        self._mode = settings.proof_of_work
        self._bits = settings.proof_bits
        self._key = key_from(settings.database_url)
        self._flood = Flood(settings.flood_tips_per_minute)
        self._spent = Spent()
        self._forms = Allowance(settings.flood_tips_per_minute, MINUTE)
        self._forms_whole_at = 0.0
        # One thread: proofs may take one core, and leave the others to uploads.
        self._verifying = ThreadPoolExecutor(1, thread_name_prefix="proof")
        self._waiting = 0

    @property
    def demanded(self) -> bool:
        """Whether a tip has to bring a proof now."""
        return self._mode == "always" or (self._mode == "auto" and self._flood.rising)

    async def require(self, request: Request) -> None:
        """Let a request pass that brings a proof, or needs none; raises `ProofNeeded` with a challenge."""
        said = request.headers.get(HEADER)
        if said is None:
            self._flood.knock()
        if not self.demanded:
            return
        if said is None or not await self._holds(said):
            raise ProofNeeded(Challenge.new(time.time(), self._bits).members(self._key))

    def require_share(self) -> None:
        """Let a form pass, which can prove nothing: in a flood, so many a minute of all clients together.

        Raises `TooFast`.
        """
        self._flood.knock()
        if not self.demanded:
            return
        now = time.monotonic()
        if wait := self._forms.wait(self._forms_whole_at, 1, now):
            raise TooFast("Very many tips come in just now.", code="flood", seconds=max(wait, MINUTE))
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
