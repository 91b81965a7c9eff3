"""Notes staff wrote when they decided about a tip."""

from collections.abc import Mapping
from uuid import UUID

from evidence import ledger
from evidence.db.connect import Connection


def notes_by_commitment(conn: Connection, tip_id: UUID) -> Mapping[str, str]:
    """Return a tip's notes by the commitment the ledger holds to each; an altered one is found by none."""
    rows = conn.execute("SELECT salt, text FROM tip_note WHERE tip_id = %s", [tip_id]).fetchall()
    return {ledger.commitment(salt, text): text for salt, text in rows}
