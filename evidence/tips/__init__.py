"""Tips: what a citizen sent, and what staff decided about it."""

from evidence.tips.decide import CLOSE_REASONS, CloseReason, close, reopen
from evidence.tips.tip import Tip, TipState, get, named, newest, shown

__all__ = [
    "CLOSE_REASONS",
    "CloseReason",
    "Tip",
    "TipState",
    "close",
    "get",
    "named",
    "newest",
    "reopen",
    "shown",
]
