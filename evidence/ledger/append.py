"""Appending to a chain, and reading it back."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.ledger.entry import Entry, LedgerRow


def append(conn: Connection, chain: UUID, kind: str, actor: str, details: Mapping[str, Any]) -> Entry:
    """Append one entry in the caller's transaction and return it.

    `actor` is `citizen`, `intake`, `worker`, `operator` or `reviewer:<uuid>`; the database refuses
    (`psycopg.errors.InsufficientPrivilege`) one that does not fit the login. `details` must be JSON.
    """
    with conn.cursor(row_factory=class_row(LedgerRow)) as cursor:
        row = cursor.execute(
            "SELECT * FROM ledger_append(%s, %s, %s, %s)", [chain, kind, actor, json.dumps(details)]
        ).fetchone()
    if row is None:
        raise RuntimeError("ledger_append answered no row")
    return Entry.read(row)


def history(conn: Connection, chain: UUID) -> list[Entry]:
    """Return a chain's entries, oldest first."""
    with conn.cursor(row_factory=class_row(LedgerRow)) as cursor:
        rows = cursor.execute(
            "SELECT chain, sequence, body, previous, hash FROM ledger WHERE chain = %s ORDER BY sequence",
            [chain],
        )
        return [Entry.read(row) for row in rows]


def commitment(salt: bytes, text: str) -> str:
    """Return hex SHA-256(salt || text): what the ledger says of words that a purge may have to unsay."""
    return hashlib.sha256(salt + text.encode()).hexdigest()
