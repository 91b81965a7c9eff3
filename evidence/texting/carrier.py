"""Whose carrier texts go through, where many hosts share a database: the account, once there is one.

A host without the account has a stand-in for a carrier, at which a text would end. It may work as long as no
account was ever here, and never again afterwards: that a host with the account is away lets nobody else in.
"""

from datetime import datetime

from evidence.db.connect import Connection


def declare(conn: Connection) -> None:
    """Say in the caller's transaction that there is an account; cheap where that is known."""
    conn.execute("INSERT INTO text_account DEFAULT VALUES ON CONFLICT DO NOTHING")


def be_seen(conn: Connection) -> None:
    """Say that a door with the account is at work now."""
    conn.execute(
        "INSERT INTO text_account DEFAULT VALUES ON CONFLICT (one) DO UPDATE SET seen_at = clock_timestamp()"
    )


def seen_at(conn: Connection) -> datetime | None:
    """Return when a door with the account was last at work; None where there never was one."""
    row = conn.execute("SELECT seen_at FROM text_account").fetchone()
    return None if row is None else row[0]
