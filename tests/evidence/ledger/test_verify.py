"""Every single change to the ledger is found, and the chain it belongs to is named."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from evidence.ledger.checkpoint import Checkpoint, Leaf, Witness
from evidence.ledger.entry import GENESIS, LedgerRow, entry_hash
from evidence.ledger.merkle import Frontier
from evidence.ledger.verify import WITNESSED_WITHIN, Fault, verify, verify_chain

SIGNING_KEY = bytes(range(32))
VERIFY_KEY = bytes(SigningKey(SIGNING_KEY).verify_key)
NOW = datetime(2026, 11, 22, 20, 0, 30, tzinfo=UTC)


@dataclass
class History:
    rows: list[LedgerRow]
    log: list[Leaf]
    witnesses: list[bytes]

    def faults(self) -> list[Fault]:
        return verify(self.rows, self.log, self.witnesses, VERIFY_KEY, NOW)


def link(chain: UUID, kinds: list[str]) -> list[LedgerRow]:
    rows: list[LedgerRow] = []
    for sequence, kind in enumerate(kinds, start=1):
        previous = rows[-1].hash if rows else GENESIS
        body = json.dumps(
            {"chain": str(chain), "sequence": sequence, "at": "2026-11-22T20:00:00.000000Z",
             "kind": kind, "actor": "worker", "details": {}}
        ).encode()  # fmt: skip
        rows.append(LedgerRow(chain, sequence, body, previous, entry_hash(previous, body)))
    return rows


def record(rows: list[LedgerRow], batch: int) -> tuple[list[Leaf], list[bytes]]:
    log = [Leaf(row.chain, row.sequence, row.hash) for row in rows]
    frontier, witnesses = Frontier(), []
    for start in range(0, len(log), batch):
        leaves = tuple(log[start : start + batch])
        frontier.extend(leaf.hash for leaf in leaves)
        head = Checkpoint.sign(frontier.size, frontier.root(), SIGNING_KEY)
        witnesses.append(Witness(head, leaves).to_bytes())
    return log, witnesses


@st.composite
def histories(draw: st.DrawFn) -> History:
    lengths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    rows = [
        row for length in lengths for row in link(uuid4(), ["opened", "received", "sealed", "ready"][:length])
    ]
    log, witnesses = record(rows, draw(st.integers(1, 5)))
    return History(rows, log, witnesses)


@given(histories())
def test_an_honest_history_has_no_fault(history: History) -> None:
    assert history.faults() == []


@given(histories(), st.data())
def test_one_changed_byte_is_found_in_its_chain(history: History, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(history.rows) - 1))
    row = history.rows[index]
    field = data.draw(st.sampled_from(["body", "previous", "hash"]))
    changed = bytearray(getattr(row, field))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    history.rows[index] = replace(row, **{field: bytes(changed)})
    assert row.chain in {fault.chain for fault in history.faults()}


@given(histories(), st.data())
def test_a_missing_entry_is_found_even_the_last(history: History, data: st.DataObject) -> None:
    lost = history.rows.pop(data.draw(st.integers(0, len(history.rows) - 1)))
    assert (lost.chain, "entry_missing") in {(fault.chain, fault.code) for fault in history.faults()}


@given(histories(), st.data())
def test_an_owner_who_rewrites_a_whole_chain_and_the_log_is_found(
    history: History, data: st.DataObject
) -> None:
    victim = data.draw(st.sampled_from(sorted({row.chain for row in history.rows})))
    forged = link(victim, ["forged"] * sum(row.chain == victim for row in history.rows))
    assert verify_chain(forged) == []
    history.rows = [row for row in history.rows if row.chain != victim] + forged
    new_hash = {row.sequence: row.hash for row in forged}
    history.log = [
        replace(leaf, hash=new_hash[leaf.sequence]) if leaf.chain == victim else leaf for leaf in history.log
    ]
    assert victim in {fault.chain for fault in history.faults()}


@given(histories(), st.data())
def test_a_forged_witness_is_found(history: History, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(history.witnesses) - 1))
    witness = Witness.from_bytes(history.witnesses[index])
    forged = Checkpoint.sign(witness.checkpoint.size, witness.checkpoint.root, bytes(32))
    history.witnesses[index] = Witness(forged, witness.leaves).to_bytes()
    assert "signature_wrong" in {fault.code for fault in history.faults()}


@given(histories(), st.data())
def test_a_lost_witness_is_found(history: History, data: st.DataObject) -> None:
    if len(history.witnesses) < 2:
        return
    history.witnesses.pop(data.draw(st.integers(0, len(history.witnesses) - 2)))
    assert "root_wrong" in {fault.code for fault in history.faults()}


def test_an_entry_moved_to_another_chain_is_found() -> None:
    stolen = replace(link(uuid4(), ["opened"])[0], chain=uuid4())
    assert [fault.code for fault in verify_chain([stolen])] == ["entry_misplaced"]


def test_entries_of_the_last_minute_need_no_witness() -> None:
    rows = link(uuid4(), ["opened", "received"])
    log, witnesses = record(rows[:1], 1)
    assert verify(rows, log, witnesses, VERIFY_KEY, NOW) == []


@pytest.mark.parametrize("when", [NOW + WITNESSED_WITHIN, NOW - WITNESSED_WITHIN - timedelta(minutes=1)])
def test_an_entry_that_stays_without_a_witness_is_a_fault(when: datetime) -> None:
    """It was taken off the checkpointer's list, or the worker's clock stands still; or it is postdated."""
    rows = link(uuid4(), ["opened", "received", "sealed"])
    log, witnesses = record(rows[:1], 1)
    faults = verify(rows, log, witnesses, VERIFY_KEY, when)
    assert [(fault.chain, fault.code) for fault in faults] == [(rows[0].chain, "unwitnessed")]
    assert "Entry 2 should" in faults[0].sentence


@given(histories())
def test_witnesses_lost_at_the_end_leave_entries_without_one(history: History) -> None:
    """The log in the database is whole; but what no locked copy vouches for could have been rewritten."""
    lost = Witness.from_bytes(history.witnesses.pop())
    assert history.faults() == []
    late = verify(history.rows, history.log, history.witnesses, VERIFY_KEY, NOW + WITNESSED_WITHIN)
    assert {(fault.chain, fault.code) for fault in late} == {
        (leaf.chain, "unwitnessed") for leaf in lost.leaves
    }


@given(histories(), st.data())
def test_a_chain_that_was_deleted_whole_is_named(history: History, data: st.DataObject) -> None:
    victim = data.draw(st.sampled_from(sorted({row.chain for row in history.rows})))
    history.rows = [row for row in history.rows if row.chain != victim]
    history.log = [leaf for leaf in history.log if leaf.chain != victim]
    assert (victim, "entry_missing") in {(fault.chain, fault.code) for fault in history.faults()}


@given(histories(), st.binary(max_size=40))
def test_a_damaged_copy_in_the_bucket_is_a_fault_not_a_crash(history: History, noise: bytes) -> None:
    history.witnesses.append(noise)
    assert [fault.code for fault in history.faults()] == ["witness_unreadable"]


NEW_KEY = bytes(reversed(range(32)))
BOTH = (bytes(SigningKey(NEW_KEY).verify_key), VERIFY_KEY)


def resigned(witness: bytes, signing_key: bytes) -> bytes:
    """The same head and leaves, signed by another key."""
    before = Witness.from_bytes(witness)
    head = before.checkpoint
    return Witness(Checkpoint.sign(head.size, head.root, signing_key), before.leaves).to_bytes()


def test_heads_of_an_earlier_key_hold_and_those_of_the_next_follow_them() -> None:
    rows = link(uuid4(), ["opened", "received", "sealed"])
    log, (first, second, third) = record(rows, 1)
    rotated = [first, resigned(second, NEW_KEY), resigned(third, NEW_KEY)]
    assert verify(rows, log, rotated, BOTH, NOW) == []
    # The key that is new does not vouch for one that nobody knows.
    assert [fault.code for fault in verify(rows, log, rotated, VERIFY_KEY, NOW)] == ["signature_wrong"]


def test_a_key_that_was_replaced_signs_no_more() -> None:
    rows = link(uuid4(), ["opened", "received", "sealed"])
    log, (first, second, third) = record(rows, 1)
    stolen = [first, resigned(second, NEW_KEY), third]
    assert [fault.code for fault in verify(rows, log, stolen, BOTH, NOW)] == ["signature_wrong"]
