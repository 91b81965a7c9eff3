"""Each proof counts once: which challenges were brought back, for as long as they could be brought again."""

from collections import OrderedDict

from intake.guard.proof import Challenge

MOST_SPENT = 16_384


class Spent:
    """Remembers nonces in bounded memory, and never forgets one that could be used again.

    Where it has no room it gives up the oldest, and from then on refuses all challenges as old as that.
    """

    def __init__(self, most: int = MOST_SPENT) -> None:
        self._most = most
        self._nonces: OrderedDict[bytes, int] = OrderedDict()
        self._refused_until = 0

    def __len__(self) -> int:
        return len(self._nonces)

    def spend(self, challenge: Challenge, now: float) -> bool:
        """Spend a challenge; False where it has expired or was spent before."""
        while self._nonces and next(iter(self._nonces.values())) <= now:
            self._nonces.popitem(last=False)
        if challenge.expires <= max(now, self._refused_until) or challenge.nonce in self._nonces:
            return False
        if len(self._nonces) >= self._most:
            _, expires = self._nonces.popitem(last=False)
            self._refused_until = max(self._refused_until, expires)
            if challenge.expires <= self._refused_until:
                return False
        self._nonces[challenge.nonce] = challenge.expires
        return True
