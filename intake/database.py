"""The public door's way to Postgres: one short transaction at a time, and one refusal when it is away.

The pool must be one of connections in autocommit.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from evidence.db.connect import Connection, Pool
from evidence.errors import Unavailable


class DatabaseAway(Unavailable):
    """Postgres does not answer. Nothing was lost: what was sent is in the spool."""

    default_code = "database_away"

    def __init__(self) -> None:
        super().__init__(
            "Our records are out of reach just now. What was sent is safe; try again in a moment."
        )


@contextmanager
def statement(pool: Pool) -> Iterator[Connection]:
    """Open a connection on which each statement is a transaction by itself; raises `DatabaseAway`."""
    try:
        with pool.connection() as conn:
            yield conn
    except (psycopg.OperationalError, PoolTimeout, PoolClosed, TooManyRequests) as error:
        raise DatabaseAway from error


@contextmanager
def transaction(pool: Pool) -> Iterator[Connection]:
    """Open one transaction; raises `DatabaseAway` where there is no connection to be had, or it breaks."""
    with statement(pool) as conn, conn.transaction():
        yield conn
