from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from evidence import ledger
from evidence.errors import Conflict, EvidenceError, Gone, Invalid
from evidence.reviewers.reviewer import named
from evidence.reviewers.roles import Role
from evidence.reviewers.signin import mint_link, use_link
from evidence.reviewers.token import token_sha256
from tests.conftest import Database


def mint(database: Database, name: str = "alice", role: str = "reviewer", minutes: float = 15) -> str:
    with database.as_role("operator") as conn:
        return mint_link(conn, name, role, lives=timedelta(minutes=minutes))


def test_a_link_makes_the_reviewer_and_says_who_it_is(database: Database) -> None:
    token = mint(database, "alice", "investigator")
    with database.as_role("console") as conn:
        alice = use_link(conn, token)
        assert (alice.name, alice.role, alice.active) == ("alice", Role.INVESTIGATOR, True)
        assert [(e.kind, e.actor) for e in ledger.history(conn, alice.id)] == [
            ("signin_link_minted", "operator")
        ]


def test_a_link_works_once(database: Database) -> None:
    token = mint(database)
    with database.as_role("console") as conn:
        use_link(conn, token)
        with pytest.raises(Gone) as refused:
            use_link(conn, token)
    assert refused.value.code == "signin_link_spent"


def test_of_two_uses_at_once_one_wins(database: Database) -> None:
    token = mint(database)

    def attempt(_: int) -> bool:
        with database.as_role("console") as conn:
            try:
                return bool(use_link(conn, token))
            except Gone:
                return False

    with ThreadPoolExecutor(6) as people:
        assert sorted(people.map(attempt, range(6))) == [False] * 5 + [True]


def test_a_link_grows_old(database: Database) -> None:
    token = mint(database, minutes=-1)
    with database.as_role("console") as conn, pytest.raises(Gone):
        use_link(conn, token)


@pytest.mark.parametrize("token", ["", "x", "not base64 !", "A" * 43])
def test_a_made_up_link_is_refused_like_a_spent_one(database: Database, token: str) -> None:
    with database.as_role("console") as conn, pytest.raises(Gone) as refused:
        use_link(conn, token)
    assert refused.value.code == "signin_link_spent"


def test_a_second_link_moves_the_same_person_to_the_new_role(database: Database) -> None:
    mint(database, "alice", "reviewer")
    mint(database, "alice", "supervisor")
    with database.as_role("console") as conn:
        alice = named(conn, "alice")
        assert alice
        assert alice.role is Role.SUPERVISOR
        assert conn.execute("SELECT count(*) FROM reviewer").fetchone() == (1,)


def test_an_account_switched_off_gets_no_link_and_uses_none(database: Database) -> None:
    token = mint(database)
    with database.as_role("operator") as conn:
        conn.execute("UPDATE reviewer SET active = false")
    with pytest.raises(Conflict):
        mint(database)
    with database.as_role("console") as conn, pytest.raises(Gone):
        use_link(conn, token)


@pytest.mark.parametrize(("name", "role"), [("", "reviewer"), ("x" * 101, "reviewer"), ("bob", "sheriff")])
def test_names_and_roles_are_checked(database: Database, name: str, role: str) -> None:
    with database.as_role("operator") as conn, pytest.raises(Invalid):
        mint_link(conn, name, role)


def test_the_database_never_holds_a_token(database: Database) -> None:
    token = mint(database)
    with database.as_admin() as conn:
        (kept,) = conn.execute("SELECT token_sha256 FROM signin_link").fetchone() or (b"",)
    assert kept == token_sha256(token)
    assert token.encode() not in kept


def test_the_console_cannot_mint_a_link(database: Database) -> None:
    with (
        database.as_role("console") as conn,
        pytest.raises((EvidenceError, psycopg.errors.InsufficientPrivilege)),
    ):
        mint_link(conn, "mallory", "supervisor")
