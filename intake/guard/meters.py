"""What each client may send in an hour."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from intake.guard.allowance import MINUTE, SECOND, Allowance
from intake.guard.clients import Clients, Used
from intake.guard.refusals import TooFast
from intake.settings import IntakeSettings
from intake.wire.http import Scope

# A form can prove nothing: what one client may send of them in a minute where a proof would be asked for.
FORMS_PER_MINUTE = 6


class Limit(StrEnum):
    """What is limited for each client; the value is the code of the refusal."""

    TIPS = "client_tips"
    FORMS = "client_forms"
    UPLOADS = "client_uploads"
    BYTES = "client_bytes"
    WORDS = "client_words"
    LIVES = "client_lives"


@dataclass(frozen=True)
class Meter:
    """One client's use of its allowances."""

    allowances: Mapping[Limit, Allowance]
    used: Used

    def take(self, limit: Limit, amount: int = 1) -> float:
        """Count `amount` where the client may send it now; otherwise return the seconds until then."""
        now = time.monotonic_ns()
        wait = self.allowances[limit].wait(self.used.get(limit, 0), amount, now)
        if not wait:
            self.count(limit, amount)
        return wait / SECOND

    def require(self, limit: Limit, amount: int = 1) -> None:
        """Count `amount`; raises `TooFast` where the client may not send it now."""
        if wait := self.take(limit, amount):
            raise TooFast("A lot is being sent from your network right now.", code=limit, seconds=wait)

    def count(self, limit: Limit, amount: int) -> None:
        """Count what came, whether or not it may."""
        now = time.monotonic_ns()
        self.used[limit] = self.allowances[limit].spend(self.used.get(limit, 0), amount, now)


class Meters:
    """The limits in force, and what the clients of the last hours have used of them."""

    def __init__(self, settings: IntakeSettings) -> None:
        self.clients = Clients()
        self._allowances = {
            Limit.TIPS: Allowance(settings.client_tips_per_hour),
            Limit.FORMS: Allowance(FORMS_PER_MINUTE, MINUTE),
            Limit.UPLOADS: Allowance(settings.client_uploads_per_hour),
            Limit.BYTES: Allowance(settings.client_bytes_per_hour),
            Limit.WORDS: Allowance(settings.client_wrong_words_per_hour),
            Limit.LIVES: Allowance(settings.client_lives_per_hour),
        }

    def of(self, scope: Scope) -> Meter:
        """Return the meter of whoever sends a request."""
        address, *_ = scope.get("client") or (None,)
        return Meter(self._allowances, self.clients.of(address))
