"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")

# Generous, since a loaded machine is slow and a condition that never holds is rare.
PATIENCE = 90.0
_PAUSE = 0.02


def eventually(look: Callable[[], _Found], what: str = "it", *, within: float = PATIENCE) -> _Found:
    """Look again and again until something true is found, and return it; fails with a sentence otherwise."""
    until = time.monotonic() + within
    while not (found := look()):
        assert time.monotonic() < until, f"{what} did not happen within {within} seconds"
        time.sleep(_PAUSE)
    return found
