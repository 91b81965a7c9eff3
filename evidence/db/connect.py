"""Connections to Postgres, always synchronous psycopg 3."""

import select
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

Connection = psycopg.Connection[tuple[Any, ...]]
Pool = ConnectionPool[Connection]

# A door that cannot reach its database must say so while the citizen still waits.
CONNECT_SECONDS = 5
# Longer than a busy pool ever takes to have a connection free, shorter than a person or a balancer waits.
WAIT_SECONDS = 3
# The pool waits longer after each failure; given up early, the next request tries at once. So a door is back
# within this time after its database, however long that was away.
RECONNECT_SECONDS = 4


def connect(url: str, *, autocommit: bool = False) -> Connection:
    """Open one connection; raises `psycopg.OperationalError` where the database is away."""
    return psycopg.connect(url, autocommit=autocommit, connect_timeout=CONNECT_SECONDS)


def open_pool(url: str, *, size: int, autocommit: bool = False) -> Pool:
    """Return an open pool of at most `size` connections, each looked at before it is handed out.

    The pool opens without waiting, so that a process can start, and say `not ready`, while its
    database is away. Must be called after a fork, never before.
    """
    return ConnectionPool(
        url,
        min_size=1,
        max_size=size,
        open=True,
        timeout=WAIT_SECONDS,
        check=_require_silence,
        reconnect_timeout=RECONNECT_SECONDS,
        kwargs={"connect_timeout": CONNECT_SECONDS, "autocommit": autocommit},
    )


def _require_silence(conn: Connection) -> None:
    """Raise where the server has said something unasked, as it does when it goes away.

    A look at the socket tells what a question and its answer would, without the way there and back.
    """
    line = select.poll()
    line.register(conn.fileno(), select.POLLIN)
    if line.poll(0):
        conn.close()  # or the pool would take it back
        raise psycopg.OperationalError("the server has ended this connection")
