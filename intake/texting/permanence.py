"""Whether a refusal of the carrier passes by itself: that decides if a text is tried again.

Twilio's codes: twilio.com/docs/api/errors.
"""

from datetime import timedelta
from enum import StrEnum


class Fate(StrEnum):
    """What a refusal means for a text."""

    LATER = "later"
    """It passes: a network, a limit, the carrier's own trouble, or a setting that the operator puts right."""
    NEVER = "never"
    """The same text to the same number is refused for ever."""
    STOPPED = "stopped"
    """Whoever has this number wants no texts."""


UNSUBSCRIBED = 21610
# The account, its token, its number or its registration: not the text's fault, and the operator's to mend.
_OPERATORS = frozenset({20003, 20005, 20006, 20429, 21606, 21608, 30002, 30010, 30032, 30034, 30035})
# Limits and full queues.
_PASSING = frozenset({14107, 20500, 20503, 20504, 30001, 30022, 30027})
# A phone that is off, a network that is full, and what nobody explains: the same text may arrive later.
_MAY_ARRIVE = frozenset({30001, 30003, 30008, 30017, 30022, 30027, 30410})
# When a text that did not arrive is sent anew.
DELIVERY_WAITS = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))


def fate_of(status: int, code: int | None) -> Fate:
    """Judge a refused request by its HTTP status and Twilio's code."""
    if code == UNSUBSCRIBED:
        return Fate.STOPPED
    if status >= 500 or status in (401, 408, 425, 429) or code in _OPERATORS or code in _PASSING:
        return Fate.LATER
    return Fate.NEVER


def may_arrive(code: int | None) -> bool:
    """Whether a text that was taken and did not arrive may do so another time."""
    return code in _MAY_ARRIVE
