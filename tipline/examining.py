"""Is every chain, every message and every stored byte what it was?"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from psycopg import IsolationLevel

from evidence import ledger
from evidence.errors import NotFound
from evidence.ledger import Entry, Fault, LedgerRow
from evidence.ledger.checkpoint import Witness
from evidence.ledger.read import all_rows, log_leaves
from evidence.ledger.witness import witnesses
from evidence.media.fixity import (
    StoredBytes,
    check,
    ended,
    left_behind,
    misled_rows,
    purged_evidence,
    stored_bytes,
)
from evidence.storage.store import Store
from evidence.thread.fixity import misled_messages
from evidence.tips import named
from tipline.operator import Operator

_READERS = 4


@dataclass(frozen=True)
class Examined:
    """Every fault that was found, and, where there is none, one sentence about what was looked at."""

    faults: list[Fault]
    sentence: str


def examine(operator: Operator, tip: str | None) -> Examined:
    """Recompute chains, messages and stored bytes, of one tip or of everything.

    Raises `NotFound` for a tip that is not there, `Unavailable` where database or store are away.
    """
    store = operator.store()
    copies = list(witnesses(store))
    with operator.database() as conn:
        # One view of everything, later than the witnesses: what comes meanwhile is no fault.
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        tip_id = None if tip is None else named(conn, tip)
        rows, log = list(all_rows(conn)), log_leaves(conn)
        entries = list(_readable(rows, tip_id))
        vouched, gone = list(stored_bytes(entries)), ended(entries)
        misled = [*misled_rows(conn, vouched, tip_id), *misled_messages(conn, entries, tip_id)]
    faults = ledger.verify(rows, log, copies, operator.keys.checkpoint_verify, datetime.now(UTC))
    faults += misled
    faults += purged_evidence(entries)
    kept = [stored for stored in vouched if stored.chain not in gone]
    changed = _changed_objects(store, kept)
    faults += _without_deleted(operator, changed)
    for chain in (chain for chain, done in gone.items() if done):
        faults += left_behind(store, chain, (stored for stored in vouched if stored.chain == chain))
    if tip_id:
        faults = [fault for fault in faults if fault.chain in (tip_id, None)]
    if faults:
        return Examined(faults, "")
    chains = 1 if tip_id else len({row.chain for row in rows})
    count = sum(tip_id in (None, row.chain) for row in rows)
    if tip_id and not count:  # asked for last: of a tip that was deleted, witnesses still tell
        raise NotFound("There is no such tip.", code="unknown_tip")
    witnessed = Witness.from_bytes(copies[-1]).checkpoint.size if copies else 0
    return Examined(
        [],
        f"Intact: {chains} chain{'s' * (chains != 1)} of {count} entries,"
        f" {len(kept)} stored object{'s' * (len(kept) != 1)} read back,"
        f"{_deleted(gone)}"
        f" {len(copies)} signed checkpoint{'s' * (len(copies) != 1)};"
        f" {len(rows) - witnessed} entries of the whole ledger await the next checkpoint.",
    )


def _without_deleted(operator: Operator, faults: list[Fault]) -> list[Fault]:
    """Leave out what went because its tip's deletion began after we had read the ledger."""
    chains = [fault.chain for fault in faults if fault.code == "object_missing"]
    if not chains:
        return faults
    with operator.database() as conn:
        ending = {
            tip_id for (tip_id,) in conn.execute("SELECT tip_id FROM purge WHERE tip_id = ANY(%s)", [chains])
        }
    return [fault for fault in faults if fault.code != "object_missing" or fault.chain not in ending]


def _deleted(gone: Mapping[UUID, bool]) -> str:
    done = sum(gone.values())
    return f" nothing left of {done} deleted tip{'s' * (done != 1)}," if done else ""


def _readable(rows: Iterable[LedgerRow], tip_id: UUID | None) -> Iterator[Entry]:
    """Yield the entries that can be read; those that cannot are faults of their chain already."""
    for row in rows:
        if tip_id in (None, row.chain):
            try:
                yield Entry.read(row)
            except (ValueError, KeyError, TypeError):
                continue


def _changed_objects(store: Store, vouched: Iterable[StoredBytes]) -> list[Fault]:
    with ThreadPoolExecutor(_READERS) as readers:
        return [fault for fault in readers.map(lambda stored: check(store, stored), vouched) if fault]
