"""Two people open what an original tells: the database holds who they are, and for how long."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from evidence import ledger, media
from evidence.db.connect import Connection
from evidence.errors import Conflict, EvidenceError, Forbidden, Invalid, NotFound
from evidence.media.lease import LeaseLost
from evidence.reviewers.reviewer import Reviewer, named
from evidence.reviewers.signin import mint_link
from evidence.seal import public_key_of, seal_to
from evidence.traces import unsealing
from evidence.traces.trace import Traced, of_media, record, recorded
from evidence.traces.unsealing import Value
from tests.conftest import Database

AGENCY = bytes(range(1, 33))
TOLD = [{"kind": "place", "place": "GPS", "value": "CANARY 37.8"}]
WHY = "A child is missing and was last seen here."


@dataclass
class Room:
    """A media whose traces were found, and the people who work on it."""

    database: Database
    media_id: UUID
    tip_id: UUID
    bob: Reviewer
    carol: Reviewer

    def asked(self) -> UUID:
        with self.database.as_role("console") as conn:
            unsealing.ask(conn, self.media_id, WHY, self.bob)
            return unsealing.of_tip(conn, self.tip_id)[0].id

    def granted(self) -> UUID:
        asked = self.asked()
        with self.database.as_role("console") as conn:
            unsealing.grant(conn, asked, self.carol)
        return asked

    def kinds(self) -> list[str]:
        with self.database.as_role("console") as conn:
            return [entry.kind for entry in ledger.history(conn, self.tip_id)]


def traced(*kinds: str) -> Traced:
    sealed = seal_to(public_key_of(AGENCY), json.dumps(TOLD).encode()) if kinds else None
    return Traced("traces-1", list(kinds), "original", ["camera"], "fits", "none", sealed, {}, "look")  # type: ignore[arg-type]


def person(database: Database, name: str, role: str) -> Reviewer:
    with database.as_role("operator") as conn:
        mint_link(conn, name, role)
        found = named(conn, name)
    assert found
    return found


@pytest.fixture
def room(database: Database) -> Room:
    with database.as_admin() as conn:
        (tip_id,) = conn.execute("INSERT INTO tip (channel) VALUES ('web') RETURNING id").fetchone() or ()
        upload = uuid4()
        conn.execute(
            "INSERT INTO upload (id, tip_id, state, expires_at) VALUES (%s, %s, 'received', now())",
            [upload, tip_id],
        )
        (media_id,) = conn.execute(
            "INSERT INTO media (tip_id, upload_id, bytes, leaves_sha256, stage)"
            " VALUES (%s, %s, 8, %s, 'survey') RETURNING id", [tip_id, upload, bytes(32)],
        ).fetchone() or ()  # fmt: skip
    room = Room(
        database,
        media_id,
        tip_id,
        person(database, "bob", "investigator"),
        person(database, "carol", "supervisor"),
    )
    write(room, traced("place"))
    return room


def write(room: Room, found: Traced) -> None:
    with room.database.as_role("worker") as conn:
        lease = media.claim(conn, room.media_id, "survey", 60)
        assert lease
        record(conn, lease, found)
        conn.execute("UPDATE media SET leased_until = NULL WHERE id = %s", [room.media_id])


@pytest.fixture
def conn(room: Room) -> Iterator[Connection]:
    with room.database.as_role("console") as conn:
        yield conn


def test_two_people_open_it_and_each_step_is_an_entry(room: Room) -> None:
    granted = room.granted()
    with room.database.as_role("console") as conn:
        assert unsealing.look(conn, granted, room.bob, AGENCY) == [Value("place", "GPS", "CANARY 37.8")]
        entries = ledger.history(conn, room.tip_id)
    assert [entry.kind for entry in entries] == ["traced", "unseal_asked", "unseal_granted", "unsealed"]
    assert [entry.actor for entry in entries[1:]] == [room.bob.actor, room.carol.actor, room.bob.actor]
    told = json.dumps([entry.details for entry in entries])
    assert "CANARY" not in told
    assert WHY not in told
    with room.database.as_role("console") as conn:
        reasons = unsealing.reasons_by_commitment(conn, room.tip_id)
    assert reasons[entries[1].details["reason_commitment"]] == WHY


def test_nobody_answers_themselves(room: Room) -> None:
    asked = room.asked()
    for answer in (unsealing.grant, unsealing.decline):
        with room.database.as_role("console") as conn, pytest.raises(Forbidden, match="somebody else"):
            answer(conn, asked, room.bob)
    with room.database.as_role("console") as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute(
            "UPDATE unsealing SET state = 'granted', decided_by = asked_by, decided_at = now(),"
            " open_until = now() WHERE id = %s", [asked],
        )  # fmt: skip
    assert room.kinds() == ["traced", "unseal_asked"]


def test_before_a_yes_and_after_a_no_nothing_is_shown(room: Room) -> None:
    asked = room.asked()
    with room.database.as_role("console") as conn, pytest.raises(Forbidden):
        unsealing.look(conn, asked, room.bob, AGENCY)
    with room.database.as_role("console") as conn:
        assert unsealing.decline(conn, asked, room.carol).decider == "carol"
    with room.database.as_role("console") as conn, pytest.raises(Forbidden):
        unsealing.look(conn, asked, room.bob, AGENCY)
    assert room.kinds() == ["traced", "unseal_asked", "unseal_declined"]


def test_a_yes_is_for_the_asker_alone_and_for_an_hour(room: Room) -> None:
    granted = room.granted()
    with room.database.as_role("console") as conn, pytest.raises(Forbidden):
        unsealing.look(conn, granted, room.carol, AGENCY)
    with room.database.as_role("console") as conn:
        until = unsealing.get(conn, granted).open_until
    assert until is not None
    assert timedelta(minutes=59) < until - datetime.now(UTC) <= timedelta(hours=1)
    with room.database.as_admin() as conn:
        conn.execute("ALTER TABLE unsealing DISABLE TRIGGER answered_once")
        conn.execute(
            "UPDATE unsealing SET decided_at = now() - interval '61 min',"
            " open_until = now() - interval '1 min'"
        )
    with room.database.as_role("console") as conn, pytest.raises(Forbidden):
        unsealing.look(conn, granted, room.bob, AGENCY)
    assert "unsealed" not in room.kinds()


def test_an_answer_stands(room: Room) -> None:
    granted = room.granted()
    dave = person(room.database, "dave", "supervisor")
    with room.database.as_role("console") as conn, pytest.raises(Conflict, match="carol answered already"):
        unsealing.decline(conn, granted, dave)
    with room.database.as_role("console") as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("UPDATE unsealing SET open_until = now() + interval '30 min' WHERE id = %s", [granted])


def test_nobody_can_be_let_in_for_longer(room: Room) -> None:
    asked = room.asked()
    with room.database.as_role("console") as conn, pytest.raises(psycopg.errors.CheckViolation):
        conn.execute(
            "UPDATE unsealing SET state = 'granted', decided_by = %s, decided_at = now(),"
            " open_until = now() + interval '2 h' WHERE id = %s", [room.carol.id, asked],
        )  # fmt: skip


def test_two_supervisors_at_once_answer_once(room: Room) -> None:
    asked = room.asked()
    dave = person(room.database, "dave", "supervisor")

    def answer(by: Reviewer) -> str:
        with room.database.as_role("console") as conn:
            try:
                unsealing.grant(conn, asked, by)
            except Conflict as refused:
                return refused.code
        return "granted"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(answer, (room.carol, dave)))
    assert said == ["already_answered", "granted"]
    assert room.kinds().count("unseal_granted") == 1


@pytest.mark.parametrize("reason", ["", "  why   ", "x" * 2001])
def test_a_reason_is_a_sentence(conn: Connection, room: Room, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        unsealing.ask(conn, room.media_id, reason, room.bob)
    assert refused.value.code == "bad_reason"


def test_asking_twice_is_asking_once(room: Room) -> None:
    room.asked()
    with room.database.as_role("console") as conn, pytest.raises(Conflict, match="asked already"):
        unsealing.ask(conn, room.media_id, WHY, room.bob)
    with room.database.as_role("console") as conn:
        unsealing.ask(conn, room.media_id, WHY, room.carol)
        assert len(unsealing.waiting(conn)) == 2


def test_where_nothing_was_found_nothing_can_be_asked_for(room: Room) -> None:
    write(room, traced())
    with room.database.as_role("console") as conn, pytest.raises(Conflict, match="Nothing was found"):
        unsealing.ask(conn, room.media_id, WHY, room.bob)
    with room.database.as_role("console") as conn:
        assert of_media(conn, [room.media_id])[room.media_id].kinds == []


def test_what_does_not_exist_is_not_found(conn: Connection, room: Room) -> None:
    attempts = (
        lambda: unsealing.ask(conn, uuid4(), WHY, room.bob),
        lambda: unsealing.grant(conn, uuid4(), room.carol),
        lambda: unsealing.look(conn, uuid4(), room.bob, AGENCY),
    )
    for attempt in attempts:
        with pytest.raises(NotFound):
            attempt()


def test_an_envelope_for_another_key_is_told_and_leaves_no_entry(room: Room) -> None:
    granted = room.granted()
    with pytest.raises(EvidenceError, match="another key"), room.database.as_role("console") as conn:
        unsealing.look(conn, granted, room.bob, bytes(32))
    assert "unsealed" not in room.kinds()


def test_a_worker_that_lost_its_lease_writes_nothing(room: Room) -> None:
    with room.database.as_role("worker") as conn:
        stale = media.claim(conn, room.media_id, "survey", 0)
        assert stale
        assert media.claim(conn, room.media_id, "survey", 60)
    with room.database.as_role("worker") as conn:
        with pytest.raises(LeaseLost):
            record(conn, stale, traced())
        assert recorded(conn, room.media_id) == "traces-1"
