from collections.abc import Iterator
from datetime import timedelta

import pytest

from evidence import ledger
from evidence.db.connect import Connection
from evidence.reviewers import session as sessions
from evidence.reviewers.reviewer import Reviewer
from evidence.reviewers.signin import mint_link, use_link
from tests.conftest import Database

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.as_role("console") as conn:
        yield conn


@pytest.fixture
def alice(database: Database, conn: Connection) -> Reviewer:
    with database.as_role("operator") as operator:
        token = mint_link(operator, "alice", "reviewer")
    alice = use_link(conn, token)
    conn.commit()
    return alice


def pass_time(database: Database, minutes: float) -> None:
    """Move every session into the past instead of waiting."""
    with database.as_admin() as admin:
        admin.execute(
            "UPDATE console_session SET seen_at = seen_at - %(ago)s, created_at = created_at - %(ago)s,"
            " ends_at = ends_at - %(ago)s",
            {"ago": timedelta(minutes=minutes)},
        )


def begin(conn: Connection, alice: Reviewer) -> str:
    token = sessions.begin(conn, alice, "link", longest=LONGEST)
    conn.commit()
    return token


def test_a_session_knows_its_reviewer(conn: Connection, alice: Reviewer) -> None:
    token = begin(conn, alice)
    session = sessions.resume(conn, token, idle=IDLE)
    assert session
    assert (session.reviewer, session.method) == (alice, "link")
    assert sessions.resume(conn, token + "x", idle=IDLE) is None
    assert [e.kind for e in ledger.history(conn, alice.id)] == ["signin_link_minted", "signed_in"]


def test_half_an_hour_of_nothing_ends_it(database: Database, conn: Connection, alice: Reviewer) -> None:
    token = begin(conn, alice)
    pass_time(database, 29)
    assert sessions.resume(conn, token, idle=IDLE)
    conn.commit()
    pass_time(database, 29)
    assert sessions.resume(conn, token, idle=IDLE)
    conn.commit()
    pass_time(database, 31)
    assert sessions.resume(conn, token, idle=IDLE) is None


def test_a_look_does_not_prolong_it(database: Database, conn: Connection, alice: Reviewer) -> None:
    token = begin(conn, alice)
    pass_time(database, 29)
    assert sessions.peek(conn, token, idle=IDLE)
    conn.commit()
    pass_time(database, 2)
    assert sessions.peek(conn, token, idle=IDLE) is None


def test_twelve_hours_end_it_however_busy(database: Database, conn: Connection, alice: Reviewer) -> None:
    token = begin(conn, alice)
    for _ in range(25):
        pass_time(database, 28)
        assert sessions.resume(conn, token, idle=IDLE)
        conn.commit()
    pass_time(database, 21)
    assert sessions.resume(conn, token, idle=IDLE) is None


def test_signing_out_ends_it_at_once(conn: Connection, alice: Reviewer) -> None:
    token = begin(conn, alice)
    session = sessions.resume(conn, token, idle=IDLE)
    assert session
    sessions.end(conn, session)
    sessions.end(conn, session)
    assert sessions.resume(conn, token, idle=IDLE) is None
    assert [e.kind for e in ledger.history(conn, alice.id)].count("signed_out") == 1


def test_switching_an_account_off_ends_its_sessions(
    database: Database, conn: Connection, alice: Reviewer
) -> None:
    token = begin(conn, alice)
    with database.as_role("operator") as operator:
        operator.execute("UPDATE reviewer SET active = false")
    assert sessions.resume(conn, token, idle=IDLE) is None


def test_sessions_long_over_are_swept_away(database: Database, conn: Connection, alice: Reviewer) -> None:
    begin(conn, alice)
    pass_time(database, 60 * 13)
    begin(conn, alice)
    assert conn.execute("SELECT count(*) FROM console_session").fetchone() == (1,)
