"""How much in how long: an allowance that fills up again steadily (GCRA, ITU-T I.371).

All that it remembers is one moment: when it will be whole again. Nobody waits at the turn of an hour, and a
thousand people may come at once. Moments are whole nanoseconds: were fractions rounded, somebody would be
refused who spent no more than is allowed.
"""

from dataclasses import dataclass

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


@dataclass(frozen=True)
class Allowance:
    """`most` in every `period` nanoseconds; 0 is no limit."""

    most: int
    period: int = HOUR

    def wait(self, whole_at: int, amount: int, now: int) -> int:
        """Return the nanoseconds until `amount` may be spent; 0 where it may be at once.

        Whoever has spent nothing may spend any amount: what is larger than the allowance would wait for ever.
        """
        if self.most == 0 or whole_at <= now:
            return 0
        return max(0, self.spend(whole_at, amount, now) - self.period - now)

    def spend(self, whole_at: int, amount: int, now: int) -> int:
        """Return the moment at which the allowance is whole again, once `amount` is spent."""
        if self.most == 0:
            return whole_at
        return max(whole_at, now) + amount * self.period // self.most
