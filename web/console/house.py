"""What every page of the console holds in its hands, found from Flask's current request."""

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, g

from evidence.db.connect import Pool
from evidence.reviewers.session import Session
from web.console.settings import ConsoleSettings

_KEY = "tipline"


@dataclass(frozen=True)
class House:
    """The process's settings and its database pool."""

    settings: ConsoleSettings
    pool: Pool


def move_in(app: Flask, house: House) -> None:
    """Give `app` its house; done once, when the app is made."""
    app.extensions[_KEY] = house


def house() -> House:
    """Return the house of the app that answers this request."""
    return cast(House, current_app.extensions[_KEY])


def signed_in() -> Session:
    """Return the session the guard let in; only for views that are not public."""
    return cast(Session, g.session)
