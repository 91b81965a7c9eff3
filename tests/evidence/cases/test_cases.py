from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest

from evidence import ledger, tips
from evidence.cases import attachment
from evidence.cases import case as cases
from evidence.cases.note import add_note, notes_of
from evidence.db.connect import Connection
from evidence.errors import Conflict, EvidenceError, Invalid, NotFound
from evidence.reviewers.reviewer import Reviewer, named
from evidence.reviewers.signin import mint_link
from tests.conftest import Database


@pytest.fixture
def conn(database: Database) -> Iterator[Connection]:
    with database.as_role("console") as conn:
        yield conn


def person(database: Database, name: str) -> Reviewer:
    with database.as_role("operator") as operator:
        mint_link(operator, name, "investigator")
        found = named(operator, name)
    assert found
    return found


@pytest.fixture
def bob(database: Database) -> Reviewer:
    return person(database, "bob")


def new_tip(database: Database) -> UUID:
    with database.as_admin() as admin:
        row = admin.execute("INSERT INTO tip (channel) VALUES ('web') RETURNING id").fetchone()
    assert row
    return UUID(str(row[0]))


def kinds(conn: Connection, chain: UUID) -> list[str]:
    return [entry.kind for entry in ledger.history(conn, chain)]


def test_a_case_is_found_by_number_and_by_words(conn: Connection, bob: Reviewer) -> None:
    opened = cases.open_case(conn, " 26-10482 ", "Pharmacy  break-in", bob)
    assert (opened.number, opened.title, opened.opened_by, opened.tips) == (
        "26-10482",
        "Pharmacy break-in",
        "bob",
        0,
    )
    cases.open_case(conn, "26-10500", "100% wool", bob)
    assert cases.by_number(conn, "26-10482") == cases.get(conn, opened.id) == opened
    assert [case.number for case in cases.find(conn, "PHARM")] == ["26-10482"]
    assert [case.number for case in cases.find(conn, "0%")] == ["26-10500"]
    assert [case.number for case in cases.find(conn, "")] == ["26-10500", "26-10482"]
    assert kinds(conn, opened.id) == ["case_opened"]
    row = conn.execute("SELECT salt, title FROM cases WHERE id = %s", [opened.id]).fetchone()
    assert row
    [entry] = ledger.history(conn, opened.id)
    assert entry.details == {"number": "26-10482", "title_commitment": ledger.commitment(*row)}


def test_a_number_is_taken_once(conn: Connection, bob: Reviewer) -> None:
    cases.open_case(conn, "26-1", "One", bob)
    with pytest.raises(Conflict, match="26-1 is open already"):
        cases.open_case(conn, "26-1", "Another", bob)


@pytest.mark.parametrize(
    ("number", "title"), [("", "x"), (" ", "x"), ("1", ""), ("1" * 65, "x"), ("1", "x" * 201)]
)
def test_numbers_and_titles_have_bounds(conn: Connection, bob: Reviewer, number: str, title: str) -> None:
    with pytest.raises(Invalid):
        cases.open_case(conn, number, title, bob)


def test_what_is_not_there_is_not_found(conn: Connection, bob: Reviewer) -> None:
    case = cases.open_case(conn, "26-1", "One", bob)
    for ask in (
        lambda: cases.get(conn, uuid4()),
        lambda: cases.by_number(conn, "26-2"),
        lambda: attachment.attach(conn, case, uuid4(), bob),
        lambda: attachment.detach(conn, case, uuid4(), bob),
    ):
        with pytest.raises(NotFound):
            ask()


def test_attaching_tells_both_chains(database: Database, conn: Connection, bob: Reviewer) -> None:
    case, tip_id = cases.open_case(conn, "26-1", "One", bob), new_tip(database)
    attachment.attach(conn, case, tip_id, bob)
    assert tips.get(conn, tip_id).state == "attached"
    assert attachment.tips_of(conn, case.id) == [tip_id]
    assert [found.number for found in cases.of_tip(conn, tip_id)] == ["26-1"]
    assert cases.numbers_of_tips(conn, [tip_id]) == {tip_id: ["26-1"]}
    (on_tip,), (_, on_case) = ledger.history(conn, tip_id), ledger.history(conn, case.id)
    assert (on_tip.kind, on_tip.actor, on_tip.details) == ("attached", bob.actor, {"case": str(case.id)})
    assert (on_case.kind, on_case.details) == ("attached", {"tip": str(tip_id)})


def test_a_tip_is_new_again_out_of_its_last_case(database: Database, conn: Connection, bob: Reviewer) -> None:
    one, two = cases.open_case(conn, "26-1", "One", bob), cases.open_case(conn, "26-2", "Two", bob)
    tip_id = new_tip(database)
    attachment.attach(conn, one, tip_id, bob)
    attachment.attach(conn, two, tip_id, bob)
    attachment.detach(conn, one, tip_id, bob)
    assert tips.get(conn, tip_id).state == "attached"
    attachment.detach(conn, two, tip_id, bob)
    assert tips.get(conn, tip_id).state == "new"
    assert kinds(conn, tip_id) == ["attached", "attached", "detached", "detached"]
    with pytest.raises(Conflict, match="not in case 26-2 any more"):
        attachment.detach(conn, two, tip_id, bob)


def test_a_refusal_names_what_happened(database: Database, conn: Connection, bob: Reviewer) -> None:
    case, tip_id = cases.open_case(conn, "26-1", "One", bob), new_tip(database)
    attachment.attach(conn, case, tip_id, bob)
    with pytest.raises(Conflict, match="bob attached this tip to case 26-1 already"):
        attachment.attach(conn, case, tip_id, bob)
    closed = new_tip(database)
    tips.close(conn, closed, "spam", "", bob.actor)
    with pytest.raises(Conflict, match="Reopen it before"):
        attachment.attach(conn, case, closed, bob)


def race(database: Database, deeds: list[Callable[[Connection], None]]) -> int:
    """Do all deeds at once, each in its own transaction; how many were let through."""

    def attempt(deed: Callable[[Connection], None]) -> bool:
        with database.as_role("console") as conn:
            try:
                deed(conn)
            except EvidenceError:
                return False
        return True

    with ThreadPoolExecutor(len(deeds)) as people:
        return sum(people.map(attempt, deeds))


def test_closing_and_attaching_at_once_one_wins(database: Database, conn: Connection, bob: Reviewer) -> None:
    case, tip_id = cases.open_case(conn, "26-1", "One", bob), new_tip(database)
    conn.commit()
    let_through = race(
        database,
        [
            lambda c: tips.close(c, tip_id, "spam", "", bob.actor),
            lambda c: attachment.attach(c, case, tip_id, bob),
        ]
        * 3,
    )
    assert let_through == 1
    state, attached = tips.get(conn, tip_id).state, attachment.tips_of(conn, case.id)
    assert (state, attached) in [("closed", []), ("attached", [tip_id])]
    assert len(kinds(conn, tip_id)) == 1


def test_two_last_cases_left_at_once_make_it_new(database: Database, conn: Connection, bob: Reviewer) -> None:
    both = [cases.open_case(conn, number, "x", bob) for number in ("26-1", "26-2")]
    tip_id = new_tip(database)
    for case in both:
        attachment.attach(conn, case, tip_id, bob)
    conn.commit()
    deeds: list[Callable[[Connection], None]] = [
        lambda c, case=case: attachment.detach(c, case, tip_id, bob)  # type: ignore[misc]
        for case in both
    ]
    assert race(database, deeds) == 2
    assert tips.get(conn, tip_id).state == "new"


def test_a_note_is_committed_to(conn: Connection, bob: Reviewer) -> None:
    case = cases.open_case(conn, "26-1", "One", bob)
    add_note(conn, case, "  Called the owner.\n", bob)
    (note,) = notes_of(conn, case.id)
    assert (note.author, note.text) == ("bob", "Called the owner.")
    entry = ledger.history(conn, case.id)[-1]
    (salt,) = conn.execute("SELECT salt FROM case_note").fetchone() or (b"",)
    assert entry.details == {"note": str(note.id), "text_commitment": ledger.commitment(salt, note.text)}
    for text in ("", " \n ", "x" * 10_001):
        with pytest.raises(Invalid):
            add_note(conn, case, text, bob)
