"""Finding every change to the ledger: a pure function over rows and witnesses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from evidence.ledger.checkpoint import Leaf, VerifyKeys, Witness, one_or_several
from evidence.ledger.entry import GENESIS, Entry, LedgerRow, entry_hash
from evidence.ledger.merkle import Frontier

# A checkpoint is taken each minute. Whoever is not in one after so long is being kept out of it, or the
# worker's clock stands still: either way nobody may say that nothing was changed.
WITNESSED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was recorded; `chain` is the tip's or case's id, None for the log's own."""

    chain: UUID | None
    code: str
    sentence: str


def verify(
    rows: Iterable[LedgerRow],
    log: Sequence[Leaf],
    witnesses: Iterable[bytes],
    verify_keys: VerifyKeys,
    now: datetime,
) -> list[Fault]:
    """Check chains against themselves, the log, and the signed heads; return every fault found.

    `rows` is the whole ledger, `log` the whole log in order of its index, `witnesses` the checkpoints from
    the locked bucket as stored, oldest first, and `verify_keys` the checkpointer's Ed25519 public keys. Read
    the witnesses before the rows: those must know of every entry that a witness does. Once a key has signed,
    those before it sign no more.
    Entries of the last minute may not be witnessed yet: of those only the chain is checked. One that stands
    in no witness after `WITNESSED_WITHIN` is a fault.
    """
    chains: dict[UUID, list[LedgerRow]] = {}
    for row in rows:
        chains.setdefault(row.chain, []).append(row)
    faults = [fault for chain in chains.values() for fault in verify_chain(chain)]
    hashes = {(row.chain, row.sequence): row.hash for chain in chains.values() for row in chain}
    witnessed, head_faults = _witnessed_leaves(witnesses, one_or_several(verify_keys))
    faults += head_faults
    faults += _compare(hashes, log, "the log")
    faults += _compare(hashes, witnessed, "the signed checkpoints")
    if tuple(log[: len(witnessed)]) != tuple(witnessed):
        faults.append(Fault(None, "log_rewritten", "The log in the database is not the one that was signed."))
    if not head_faults:  # else everything after the faulty head would be named once more
        faults += _unwitnessed(chains, witnessed, now)
    return list(dict.fromkeys(faults))


def verify_chain(rows: Sequence[LedgerRow]) -> list[Fault]:
    """Check that one chain's rows are numbered from 1, linked, hashed, and say what their place says."""
    faults: list[Fault] = []
    previous = GENESIS
    for expected, row in enumerate(sorted(rows, key=lambda row: row.sequence), start=1):
        where = f"entry {row.sequence}"
        if row.sequence != expected:
            return [*faults, Fault(row.chain, "entry_missing", f"Entry {expected} is missing.")]
        if row.previous != previous:
            faults.append(
                Fault(row.chain, "link_broken", f"The link of {where} to the one before is broken.")
            )
        if row.hash != entry_hash(row.previous, row.body):
            faults.append(Fault(row.chain, "entry_changed", f"The text of {where} was changed."))
        if not _says_its_place(row):
            faults.append(Fault(row.chain, "entry_misplaced", f"The text of {where} belongs elsewhere."))
        previous = row.hash
    return faults


def _says_its_place(row: LedgerRow) -> bool:
    try:
        entry = Entry.read(row)
    except (ValueError, KeyError, TypeError):
        return False
    return (entry.chain, entry.sequence) == (row.chain, row.sequence)


def _witnessed_leaves(
    witnesses: Iterable[bytes], verify_keys: tuple[bytes, ...]
) -> tuple[list[Leaf], list[Fault]]:
    """Rebuild the log from the witnesses whose signature and root hold."""
    frontier = Frontier()
    leaves: list[Leaf] = []
    for number, stored in enumerate(witnesses, start=1):
        try:
            witness = Witness.from_bytes(stored)
        except (ValueError, KeyError, TypeError):
            fault = Fault(None, "witness_unreadable", f"Checkpoint copy {number} in the bucket is damaged.")
            return leaves, [fault]
        head = witness.checkpoint
        signer = next((n for n, key in enumerate(verify_keys) if head.signed_by(key)), None)
        if signer is None:
            fault = Fault(
                None, "signature_wrong", f"The checkpoint at {head.size} entries is not signed by us."
            )
            return leaves, [fault]
        verify_keys = verify_keys[: signer + 1]
        frontier.extend(leaf.hash for leaf in witness.leaves)
        if (frontier.size, frontier.root()) != (head.size, head.root):
            sentence = f"The checkpoint at {head.size} entries does not follow from those before it."
            return leaves, [Fault(None, "root_wrong", sentence)]
        leaves.extend(witness.leaves)
    return leaves, []


def _compare(hashes: Mapping[tuple[UUID, int], bytes], leaves: Sequence[Leaf], source: str) -> list[Fault]:
    faults = []
    for leaf in leaves:
        found = hashes.get((leaf.chain, leaf.sequence))
        if found is None:
            sentence = f"Entry {leaf.sequence}, recorded in {source}, is missing from the ledger."
            faults.append(Fault(leaf.chain, "entry_missing", sentence))
        elif found != leaf.hash:
            sentence = f"Entry {leaf.sequence} is not the one recorded in {source}: it was rewritten."
            faults.append(Fault(leaf.chain, "entry_rewritten", sentence))
    return faults


def _unwitnessed(
    chains: Mapping[UUID, Sequence[LedgerRow]], witnessed: Iterable[Leaf], now: datetime
) -> list[Fault]:
    known = {(leaf.chain, leaf.sequence) for leaf in witnessed}
    faults = []
    for chain, rows in chains.items():
        late = [row.sequence for row in rows if (chain, row.sequence) not in known and _is_late(row, now)]
        if late:
            sentence = (
                f"Entry {min(late)} should stand in a signed checkpoint by now and does not; so it is with"
                f" {len(late)} of this chain's entries."
            )
            faults.append(Fault(chain, "unwitnessed", sentence))
    return faults


def _is_late(row: LedgerRow, now: datetime) -> bool:
    """Whether an entry is old enough to be witnessed; one from the future can only have been put there."""
    try:
        return abs(now - Entry.read(row).at) > WITNESSED_WITHIN
    except (ValueError, KeyError, TypeError):
        return False  # a fault of its chain already
