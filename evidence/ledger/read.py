"""Reading the whole ledger for a verifier."""

from collections.abc import Iterator
from uuid import UUID

from psycopg.rows import class_row

from evidence.db.connect import Connection
from evidence.ledger.checkpoint import Leaf
from evidence.ledger.entry import LedgerRow

_COLUMNS = "chain, sequence, body, previous, hash"


def all_rows(conn: Connection) -> Iterator[LedgerRow]:
    """Yield every entry of every chain, chain by chain; streams, so use within one transaction."""
    with conn.cursor("ledger_rows", row_factory=class_row(LedgerRow)) as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM ledger ORDER BY chain, sequence")
        yield from cursor


def chain_rows(conn: Connection, chain: UUID) -> list[LedgerRow]:
    """Return one chain's entries as stored, oldest first."""
    with conn.cursor(row_factory=class_row(LedgerRow)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM ledger WHERE chain = %s ORDER BY sequence", [chain]
        ).fetchall()


def log_leaves(conn: Connection) -> list[Leaf]:
    """Return the log in order of its index."""
    return [
        Leaf(*row) for row in conn.execute("SELECT chain, sequence, hash FROM ledger_log ORDER BY log_index")
    ]
