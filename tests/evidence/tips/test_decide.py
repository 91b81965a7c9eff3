from uuid import UUID, uuid4

import pytest

from evidence import ledger, tips
from evidence.cases.attachment import attach
from evidence.cases.case import open_case
from evidence.errors import Conflict, Invalid, NotFound
from evidence.reviewers.reviewer import Reviewer, named
from evidence.reviewers.signin import mint_link
from tests.conftest import Database

ALICE = f"reviewer:{uuid4()}"


@pytest.fixture
def tip_id(database: Database) -> UUID:
    with database.as_admin() as conn:
        row = conn.execute("INSERT INTO tip (channel) VALUES ('web') RETURNING id").fetchone()
    assert row
    return UUID(str(row[0]))


def test_closing_and_taking_it_back(database: Database, tip_id: UUID) -> None:
    with database.as_role("console") as conn:
        tips.close(conn, tip_id, "spam", " seen before ", ALICE)
        closed = tips.get(conn, tip_id)
        assert (closed.state, closed.closed_reason) == ("closed", "spam")
        tips.reopen(conn, tip_id, ALICE)
        assert tips.get(conn, tip_id).state == "new"
        first, second = ledger.history(conn, tip_id)
    assert (first.kind, first.actor, second.kind) == ("closed", ALICE, "reopened")
    with database.as_role("operator") as conn:
        salt, text = conn.execute("SELECT salt, text FROM tip_note").fetchone() or (b"", "")
    assert text == "seen before"
    assert first.details == {"reason": "spam", "note_commitment": ledger.commitment(salt, text)}


@pytest.fixture
def bob(database: Database) -> Reviewer:
    with database.as_role("operator") as conn:
        mint_link(conn, "bob", "reviewer")
        found = named(conn, "bob")
    assert found
    return found


def test_two_colleagues_never_decide_the_same_tip_twice(
    database: Database, tip_id: UUID, bob: Reviewer
) -> None:
    with database.as_role("console") as conn:
        tips.close(conn, tip_id, "spam", "", bob.actor)
        conn.commit()
        with pytest.raises(Conflict) as refused:
            tips.close(conn, tip_id, "no_crime", "", ALICE)
        assert refused.value.sentence == "bob closed this tip already; nothing was changed."
        assert len(ledger.history(conn, tip_id)) == 1


def test_a_tip_in_a_case_says_who_put_it_there(database: Database, tip_id: UUID, bob: Reviewer) -> None:
    with database.as_role("console") as conn:
        attach(conn, open_case(conn, "26-1", "One", bob), tip_id, bob)
        with pytest.raises(Conflict, match=r"^bob attached this tip to a case already"):
            tips.close(conn, tip_id, "no_crime", "", ALICE)


def test_only_a_closed_tip_reopens(database: Database, tip_id: UUID) -> None:
    with database.as_role("console") as conn, pytest.raises(Conflict, match="new, not closed"):
        tips.reopen(conn, tip_id, ALICE)


def test_reasons_and_notes_have_bounds(database: Database, tip_id: UUID) -> None:
    with database.as_role("console") as conn:
        with pytest.raises(Invalid) as refused:
            tips.close(conn, tip_id, "because", "", ALICE)
        assert refused.value.code == "close_reason"
        with pytest.raises(Invalid, match="longer"):
            tips.close(conn, tip_id, "spam", "x" * 2001, ALICE)


def test_an_unknown_tip_is_not_found(database: Database) -> None:
    with database.as_role("console") as conn:
        for act in (lambda: tips.get(conn, uuid4()), lambda: tips.close(conn, uuid4(), "spam", "", ALICE)):
            with pytest.raises(NotFound):
                act()


def test_pages_of_the_queue_join_without_gap_or_overlap(database: Database) -> None:
    with database.as_admin() as conn:
        conn.execute(
            "INSERT INTO tip (channel, received_at) SELECT 'web', now() - make_interval(secs => n / 3)"
            " FROM generate_series(1, 25) n"
        )
    seen: list[UUID] = []
    with database.as_role("console") as conn:
        everything = [tip.id for tip in tips.newest(conn, limit=100)]
        page = tips.newest(conn, limit=7)
        while page:
            seen += [tip.id for tip in page]
            page = tips.newest(conn, limit=7, before=(page[-1].received_at, page[-1].id))
        assert tips.newest(conn, states=["closed"]) == []
    assert seen == everything
    assert len(seen) == 25
