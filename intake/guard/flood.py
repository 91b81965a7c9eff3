"""Is it a flood? What knocks is counted over all clients: their number says it, not who they are."""

import time
from collections.abc import Callable

MINUTE_SECONDS = 60.0
# A flood that ebbs for a moment is still one.
CALM_SECONDS = 300.0


class Flood:
    """Rises when more than `per_minute` knock within a minute; falls after five minutes below that."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._minute = int(clock() // MINUTE_SECONDS)
        self._before = self._now = 0
        self._until = 0.0

    @property
    def rising(self) -> bool:
        """Whether it is one now."""
        return self._clock() < self._until

    def knock(self) -> None:
        """Count one who comes."""
        now = self._clock()
        minute, into = divmod(now, MINUTE_SECONDS)
        if int(minute) != self._minute:
            self._before = self._now if int(minute) == self._minute + 1 else 0
            self._minute, self._now = int(minute), 0
        self._now += 1
        # The last sixty seconds: this minute's, and of the one before the share that still lies in them.
        if self._now + self._before * (1 - into / MINUTE_SECONDS) > self._per_minute:
            self._until = now + CALM_SECONDS
