"""The clock of retention: what no case has goes when its time is over, and not before."""

from datetime import timedelta
from uuid import UUID

import pytest

from evidence.errors import Conflict
from evidence.seal import public_key_of
from evidence.settings import Retention
from evidence.thread import once_of, write_with_words
from evidence.tips import close
from evidence.tips.ending import deletion_due, ending_with_words
from tests.workers.conftest import AGENCY_KEY
from tests.workers.expire.conftest import Deletion
from workers.clocks import ticks

KEPT = Retention()


def lock_of(deletion: Deletion, media_id: UUID) -> timedelta:
    """For how long after its arrival an original is locked, as the store itself says."""
    held, store = deletion.site.media(media_id), deletion.site.store
    said = store.head(store.originals, held.object_key or "", held.object_version)
    locked: timedelta = said["ObjectLockRetainUntilDate"] - held.received_at
    return locked


@pytest.mark.parametrize("state", ["new", "closed"])
def test_a_tip_goes_so_many_days_after_its_citizen_sent_something_decided_or_not(
    deletion: Deletion, state: str
) -> None:
    tip = deletion.tell()
    media_id = deletion.send(tip)
    deletion.seal(media_id)
    if state == "closed":
        with deletion.site.database.as_role("console") as conn:
            close(conn, tip.id, "spam", "CANARY note", f"reviewer:{tip.id}")
    deletion.age(tip, 89)
    deletion.tick()
    assert deletion.state(tip) == state
    deletion.age(tip, 1)
    deletion.tick()
    assert deletion.state(tip) == "purged"
    assert deletion.left_in_store(tip) == []
    assert deletion.kinds(tip)[-2:] == ["purge_begun", "purged"]
    with deletion.site.database.as_role("intake") as conn:
        assert ending_with_words(conn, tip.receipt.lookup, KEPT).reason == "time_over"
    with deletion.site.database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM tip_note").fetchone() == (0,)


def test_what_a_citizen_sends_later_begins_the_days_anew_what_staff_write_does_not(
    deletion: Deletion,
) -> None:
    tip = deletion.tell()
    deletion.age(tip, 80)
    with deletion.site.database.as_role("console") as conn:
        before = deletion_due(conn, tip.id, KEPT)
    with deletion.site.database.as_admin() as conn:
        conn.execute(
            "INSERT INTO message (tip_id, sequence, author, sealed_agency, sealed_citizen, signature)"
            " VALUES (%s, 2, 'staff', 'a', 'c', %s)",
            [tip.id, bytes(64)],
        )
    with deletion.site.database.as_role("console") as conn:
        assert deletion_due(conn, tip.id, KEPT) == before
    with deletion.site.database.as_role("intake") as conn:
        write_with_words(
            conn, tip.receipt, "North", agency_public_key=public_key_of(AGENCY_KEY), once=once_of("1")
        )
        shown = ending_with_words(conn, tip.receipt.lookup, KEPT).due
    deletion.age(tip, 15)
    deletion.tick()
    assert deletion.state(tip) == "new"
    assert before
    assert shown
    assert shown - before > timedelta(days=79)


def test_an_upload_under_way_keeps_its_tip(deletion: Deletion) -> None:
    tip = deletion.tell()
    with deletion.site.database.as_admin() as conn:
        conn.execute(
            "INSERT INTO upload (id, tip_id, expires_at)"
            " VALUES (gen_random_uuid(), %s, now() + interval '1 hour')",
            [tip.id],
        )
    deletion.age(tip, 91)
    deletion.tick()
    assert deletion.state(tip) == "new"


def test_out_of_its_last_case_a_tip_stays_some_days_more(deletion: Deletion) -> None:
    tip = deletion.tell()
    (case, bob), (other, _) = deletion.case("26-1"), deletion.case("26-2")
    deletion.attach(tip, case, bob)
    deletion.attach(tip, other, bob)
    deletion.age(tip, 400)
    deletion.detach(tip, case, bob)
    deletion.tick()
    assert deletion.state(tip) == "attached"
    deletion.detach(tip, other, bob)
    deletion.tick()
    assert deletion.state(tip) == "new"
    deletion.age(tip, 13)
    deletion.attach(tip, case, bob)  # it had been a slip
    deletion.detach(tip, case, bob)
    deletion.age(tip, 13)
    deletion.tick()
    assert deletion.state(tip) == "new"
    deletion.age(tip, 1)
    deletion.tick()
    assert deletion.state(tip) == "purged"
    with pytest.raises(Conflict) as refused:
        deletion.attach(tip, case, bob)
    assert refused.value.code == "tip_purged"


def test_a_case_locks_originals_for_longer_once_and_the_ledger_has_the_ground(deletion: Deletion) -> None:
    tip = deletion.tell()
    media_id = deletion.send(tip)
    deletion.seal(media_id)
    assert lock_of(deletion, media_id) < timedelta(days=91)
    case, bob = deletion.case("26-1")
    deletion.attach(tip, case, bob)
    tick = ticks.extend_locks(deletion.site.store, deletion.bench.settings)
    with deletion.clock_of("worker") as conn:
        tick(conn)
        tick(conn)
    assert timedelta(days=364) < lock_of(deletion, media_id) < timedelta(days=366)
    assert deletion.kinds(tip).count("retained") == 1
    with deletion.site.database.as_role("operator") as conn:
        (told,) = conn.execute(
            "SELECT convert_from(body, 'UTF8')::json -> 'details' FROM ledger WHERE chain = %s"
            " ORDER BY sequence DESC LIMIT 1",
            [tip.id],
        ).fetchone() or ({},)
    assert (told["basis"], told["cases"]) == ("case", [str(case.id)])
    # Out of its case it goes when its own time is over: in governance mode the clock passes the lock by.
    deletion.detach(tip, case, bob)
    deletion.age(tip, 90)
    deletion.tick()
    assert deletion.left_in_store(tip) == []


def test_what_was_sent_later_lengthens_the_lock_of_what_was_sent_before(deletion: Deletion) -> None:
    tip = deletion.tell()
    first = deletion.send(tip)
    deletion.seal(first)
    deletion.age(tip, 89)
    deletion.send(tip, b"later" * 500)
    tick = ticks.extend_locks(deletion.site.store, deletion.bench.settings)
    with deletion.clock_of("worker") as conn:
        tick(conn)
        tick(conn)
    with deletion.site.database.as_role("console") as conn:
        due = deletion_due(conn, tip.id, KEPT)
    assert deletion.site.media(first).retain_until == due
    assert deletion.kinds(tip).count("retained") == 1


def test_in_compliance_mode_a_tip_waits_for_its_locks(deletion: Deletion) -> None:
    tip = deletion.tell()
    media_id = deletion.send(tip)
    deletion.seal(media_id)
    with deletion.site.database.as_admin() as conn:
        conn.execute("UPDATE media SET retain_until = now() + interval '200 days'")
    with deletion.site.database.as_role("console") as conn:
        due = deletion_due(conn, tip.id, Retention(mode="COMPLIANCE"))
        assert due == deletion.site.media(media_id).retain_until
        assert deletion_due(conn, tip.id, KEPT) != due


def test_no_row_that_the_console_may_write_has_evidence_deleted(deletion: Deletion) -> None:
    """Whoever has taken the console over can set states, and take tips out of cases past the ledger."""
    tip, other = deletion.tell(), deletion.tell()
    case, bob = deletion.case("26-1")
    for each in (tip, other):
        deletion.seal(deletion.send(each))
        deletion.attach(each, case, bob)
    with deletion.site.database.as_role("console") as conn:
        conn.execute("UPDATE tip SET state = 'withdrawn' WHERE id = %s", [tip.id])
        conn.execute("DELETE FROM case_tip WHERE tip_id = %s", [other.id])
        conn.execute("UPDATE tip SET state = 'new' WHERE id = %s", [other.id])
    deletion.age(other, 400)
    deletion.tick()
    with deletion.site.database.as_role("console") as conn:
        conn.execute("DELETE FROM case_tip WHERE tip_id = %s", [tip.id])
    deletion.tick()
    for each in (tip, other):
        assert deletion.left_in_store(each)
        assert "purge_begun" not in deletion.kinds(each)
