import threading
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from nacl.signing import SigningKey

from evidence import ledger
from evidence.ledger.checkpoint import Checkpoint, note_copied, take, uncopied
from evidence.ledger.read import all_rows, log_leaves
from tests.conftest import Database

SIGNING_KEY = bytes(range(32))
VERIFY_KEY = bytes(SigningKey(SIGNING_KEY).verify_key)


def test_what_postgres_hashes_is_what_python_verifies(database: Database) -> None:
    tip, case = uuid4(), uuid4()
    with database.as_admin() as conn:
        ledger.append(conn, tip, "opened", "citizen", {"channel": "web"})
        ledger.append(conn, case, "case_opened", "operator", {"number": '26-1 \u2013 \u00fc " \\ \n'})
        ledger.append(conn, tip, "closed", "operator", {"reason": "spam"})
        conn.commit()
        assert take(conn, SIGNING_KEY) is not None
        witnesses = [witness.to_bytes() for witness in uncopied(conn)]
        assert ledger.verify(all_rows(conn), log_leaves(conn), witnesses, VERIFY_KEY, datetime.now(UTC)) == []
        assert [entry.kind for entry in ledger.history(conn, tip)] == ["opened", "closed"]


def test_appends_to_one_chain_by_many_hands_stay_a_chain(database: Database) -> None:
    chain = uuid4()

    def append_some() -> None:
        for _ in range(10):
            with database.as_role("worker") as conn:
                ledger.append(conn, chain, "derived", "worker", {})

    hands = [threading.Thread(target=append_some) for _ in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    with database.as_admin() as conn:
        rows = list(all_rows(conn))
    assert [row.sequence for row in rows] == list(range(1, 41))
    assert ledger.verify(rows, [], [], VERIFY_KEY, datetime.now(UTC)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET body = '{}'", "DELETE FROM ledger", "TRUNCATE ledger CASCADE",
        "UPDATE ledger_log SET hash = hash", "DELETE FROM ledger_log", "TRUNCATE ledger_log",
        "UPDATE checkpoint SET body = body", "DELETE FROM checkpoint", "TRUNCATE checkpoint CASCADE",
    ],
)  # fmt: skip
def test_even_the_superuser_meets_the_trigger(database: Database, statement: str) -> None:
    with database.as_admin() as conn:
        ledger.append(conn, uuid4(), "opened", "citizen", {})
        take(conn, SIGNING_KEY)
        conn.commit()
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            conn.execute(statement.encode())


@pytest.mark.parametrize(
    ("role", "actor"),
    [("worker", "operator"), ("worker", "reviewer:00000000-0000-0000-0000-000000000000"),
     ("console", "worker"), ("console", "citizen"), ("operator", "worker")],
)  # fmt: skip
def test_a_door_signs_with_its_own_name_only(database: Database, role: str, actor: str) -> None:
    with database.as_role(role) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        ledger.append(conn, uuid4(), "closed", actor, {})


def test_a_rolled_back_entry_leaves_no_trace(database: Database) -> None:
    chain = uuid4()
    with database.as_role("worker") as conn:
        ledger.append(conn, chain, "sealed", "worker", {})
        conn.rollback()
        ledger.append(conn, chain, "derived", "worker", {})
        conn.commit()
        assert [(entry.sequence, entry.kind) for entry in ledger.history(conn, chain)] == [(1, "derived")]


def test_checkpoints_cover_every_entry_once_and_are_copied_once(database: Database) -> None:
    with database.as_role("worker") as conn:
        for _ in range(3):
            for _ in range(5):
                ledger.append(conn, uuid4(), "derived", "worker", {})
            conn.commit()
            take(conn, SIGNING_KEY)
            conn.commit()
        assert take(conn, SIGNING_KEY) is None
        waiting = uncopied(conn)
        assert [witness.checkpoint.size for witness in waiting] == [5, 10, 15]
        assert [len(witness.leaves) for witness in waiting] == [5, 5, 5]
        note_copied(conn, waiting[0].checkpoint)
        assert [witness.checkpoint.size for witness in uncopied(conn)] == [10, 15]


def test_two_checkpointers_take_turns_and_appends_wait_for_neither(database: Database) -> None:
    second: list[Checkpoint | None] = []

    def take_too() -> None:
        with database.as_role("worker") as conn:
            second.append(take(conn, SIGNING_KEY))

    with database.as_role("worker") as first, database.as_role("operator") as appending:
        ledger.append(appending, uuid4(), "exported", "operator", {})
        appending.commit()
        signed = take(first, SIGNING_KEY)
        assert signed is not None
        other = threading.Thread(target=take_too)
        other.start()
        ledger.append(appending, uuid4(), "exported", "operator", {})
        first.commit()
        other.join()
        appending.commit()
    assert signed.size == 1
    assert second == [None], "the entry that came meanwhile was not committed yet"


def test_appending_tells_the_console_ids_only(database: Database) -> None:
    chain = uuid4()
    with database.as_role("console") as listener, database.as_role("worker") as conn:
        listener.execute("LISTEN ledger")
        listener.commit()
        ledger.append(conn, chain, "ready", "worker", {"media": "secret"})
        conn.commit()
        told = next(listener.notifies(timeout=10))
    assert told.payload == f"{chain} ready"
