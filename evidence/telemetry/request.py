"""The name of the request that is being answered: random, drawn at the door, on every line it causes.

Whoever is told that something went wrong is told this name too; with it the line is found. It says nothing of
them: a name that a client brings along is not looked at.
"""

import secrets
from contextvars import ContextVar

_BYTES = 8
_current: ContextVar[str] = ContextVar("tipline_request", default="")


def begin() -> None:
    """Draw a name for the request that this task answers."""
    _current.set(secrets.token_hex(_BYTES))


def current() -> str:
    """Return the name; empty outside of any request."""
    return _current.get()
