"""The ledger: an append-only, hash-chained record, under signed Merkle checkpoints."""

from evidence.ledger.append import append, commitment, history
from evidence.ledger.entry import Entry, LedgerRow
from evidence.ledger.verify import Fault, verify

__all__ = ["Entry", "Fault", "LedgerRow", "append", "commitment", "history", "verify"]
