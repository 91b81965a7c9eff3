"""What every page of the console holds in its hands, found from Flask's current request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from flask import Flask, current_app, g

from evidence.db.connect import Pool
from evidence.reviewers.session import Session
from web.console.settings import ConsoleSettings

_KEY = "tipline"


@dataclass(frozen=True)
class House:
    """The process's settings, its database pool, and who knows how uploads grow.

    `growth` says of an upload how many bytes came, and when the last did (seconds since 1970); it raises
    `FileNotFoundError`. None where this process sees no spool.
    """

    settings: ConsoleSettings
    pool: Pool
    growth: Callable[[UUID], tuple[int, float]] | None = None


def move_in(app: Flask, house: House) -> None:
    """Give `app` its house; done once, when the app is made."""
    app.extensions[_KEY] = house


def house() -> House:
    """Return the house of the app that answers this request."""
    return cast(House, current_app.extensions[_KEY])


def signed_in() -> Session:
    """Return the session the guard let in; only for views that are not public."""
    return cast(Session, g.session)
