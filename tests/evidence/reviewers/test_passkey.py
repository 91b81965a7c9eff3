from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from evidence import ledger
from evidence.db.connect import Connection
from evidence.errors import Conflict, Forbidden, Gone, TooMany
from evidence.reviewers import passkey as passkeys
from evidence.reviewers.reviewer import Reviewer, named, names_of_actors
from evidence.reviewers.signin import mint_link
from tests.conftest import Database


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.as_role("console") as conn:
        yield conn


def person(database: Database, conn: Connection, name: str) -> Reviewer:
    with database.as_role("operator") as operator:
        mint_link(operator, name, "reviewer")
    found = named(conn, name)
    assert found
    return found


def test_a_challenge_is_answered_once_by_whom_it_was_posed_to(database: Database, conn: Connection) -> None:
    alice = person(database, conn, "alice")
    token = passkeys.pose_challenge(conn, b"nonce", alice.id)
    for other in (None, uuid4()):
        with pytest.raises(Gone):
            passkeys.take_challenge(conn, token, other)
    assert passkeys.take_challenge(conn, token, alice.id) == b"nonce"
    with pytest.raises(Gone):
        passkeys.take_challenge(conn, token, alice.id)


def test_a_challenge_grows_old(database: Database, conn: Connection) -> None:
    token = passkeys.pose_challenge(conn, b"nonce", None)
    conn.commit()
    with database.as_admin() as admin:
        admin.execute("UPDATE passkey_challenge SET expires_at = expires_at - %s", [timedelta(minutes=6)])
    with pytest.raises(Gone):
        passkeys.take_challenge(conn, token, None)


def test_an_authenticator_is_registered_once(database: Database, conn: Connection) -> None:
    alice, bob = person(database, conn, "alice"), person(database, conn, "bob")
    passkeys.add(conn, alice, b"id", b"key", 0, "Desk 4")
    with pytest.raises(Conflict):
        passkeys.add(conn, bob, b"id", b"key", 0, "Desk 5")
    assert [key.label for key in passkeys.of_reviewer(conn, alice.id)] == ["Desk 4"]
    assert ledger.history(conn, alice.id)[-1].details == {"credential": b"id".hex()}


def test_a_counter_that_moved_meanwhile_refuses(database: Database, conn: Connection) -> None:
    alice = person(database, conn, "alice")
    passkeys.add(conn, alice, b"id", b"key", 5, "Desk 4")
    key = passkeys.find(conn, b"id")
    assert key
    passkeys.note_use(conn, key, 6)
    with pytest.raises(Forbidden):
        passkeys.note_use(conn, key, 6)


def test_only_its_owner_removes_a_passkey(database: Database, conn: Connection) -> None:
    alice, bob = person(database, conn, "alice"), person(database, conn, "bob")
    passkeys.add(conn, alice, b"id", b"key", 0, "Desk 4")
    with pytest.raises(Gone):
        passkeys.remove(conn, bob, b"id")
    passkeys.remove(conn, alice, b"id")
    assert passkeys.find(conn, b"id") is None


def test_names_of_actors_leave_out_who_is_no_reviewer(database: Database, conn: Connection) -> None:
    from_ledger = {person(database, conn, "alice").actor, "worker", f"reviewer:{UUID(int=0)}"}
    assert set(names_of_actors(conn, from_ledger).values()) == {"alice"}


def test_five_refusals_lock_a_passkey_for_a_while(database: Database, conn: Connection) -> None:
    alice = person(database, conn, "alice")
    passkeys.add(conn, alice, b"id", b"key", 0, "Desk 4")
    now = datetime.now(UTC)
    for refusals in range(passkeys.MOST_REFUSALS):
        key = passkeys.find(conn, b"id")
        assert key
        assert key.refusals == refusals
        key.require_unlocked(now)
        passkeys.note_refusal(conn, key)
    locked = passkeys.find(conn, b"id")
    assert locked
    with pytest.raises(TooMany):
        locked.require_unlocked(now)
    locked.require_unlocked(now + passkeys.REFUSALS_COUNT_FOR + timedelta(minutes=1))
    passkeys.note_use(conn, locked, 0)
    opened = passkeys.find(conn, b"id")
    assert opened
    assert opened.refusals == 0
    assert [entry.kind for entry in ledger.history(conn, alice.id)].count("signin_refused") == 5
