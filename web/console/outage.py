"""The database out of reach: how that shows, and what is said of it."""

import logging

import psycopg
from psycopg_pool import PoolTimeout

from evidence.errors import Unavailable

log = logging.getLogger("tipline.console")

AWAY: tuple[type[Exception], ...] = (psycopg.OperationalError, PoolTimeout)


def database_away() -> Unavailable:
    """Note that the database is away, and return the refusal that says so."""
    log.error("the database is away")
    return Unavailable("The database cannot be reached. Nothing is lost; try again in a moment.")
