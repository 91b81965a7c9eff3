"""How far the signed heads, and their copies in the locked bucket, are behind the ledger."""

import json
from dataclasses import dataclass
from datetime import datetime

from evidence.db.connect import Connection


@dataclass(frozen=True)
class Lag:
    """Since when the oldest entry waits that no head covers, None where none does; heads without a copy."""

    unsigned_since: datetime | None
    uncopied: int


def lag(conn: Connection) -> Lag:
    """Ask as a worker or an operator."""
    oldest = conn.execute(
        "SELECT l.body FROM ledger_unlogged u JOIN ledger l USING (chain, sequence)"
        " ORDER BY u.arrived LIMIT 1"
    ).fetchone()
    uncopied = conn.execute(
        "SELECT count(*) FROM checkpoint c LEFT JOIN checkpoint_copy USING (size)"
        " WHERE checkpoint_copy.size IS NULL"
    ).fetchone()
    return Lag(
        datetime.fromisoformat(json.loads(oldest[0])["at"]) if oldest else None,
        uncopied[0] if uncopied else 0,
    )
