"""Stages move once, under a fence; whoever lost a lease changes nothing."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from evidence import ledger, media
from evidence.media.door import finish_upload, open_upload
from evidence.media.lease import MAX_ATTEMPTS, release, unfinished
from evidence.media.overview import load
from evidence.media.progress import Made
from evidence.storage.stored import StoredObject
from tests.conftest import Database

SHA = hashlib.sha256(b"original").digest()


@pytest.fixture
def media_id(database: Database) -> UUID:
    return arrived(database)


def arrived(database: Database) -> UUID:
    upload = uuid4()
    with database.as_role("intake") as conn:
        open_upload(conn, upload, token=None, max_files=1, expires_at=datetime.now(UTC) + timedelta(hours=1))
        return finish_upload(conn, upload, size=8, leaves_sha256=SHA, sealed_name=b"name")


def let_time_pass(database: Database) -> None:
    with database.as_admin() as conn:
        conn.execute("UPDATE media SET leased_until = clock_timestamp() - interval '1 second'")


def seal(database: Database, lease: media.Lease) -> None:
    with database.as_role("worker") as conn:
        media.mark_sealed(
            conn, lease, sha256=SHA, size=8, stored=StoredObject("originals", "k", "v1"),
            retain_until=datetime.now(UTC) + timedelta(days=90),
        )  # fmt: skip
        media.finish_stage(conn, lease, "inspect")


def test_one_worker_at_a_time(database: Database, media_id: UUID) -> None:
    with database.as_role("worker") as conn:
        lease = media.claim(conn, media_id, "seal", 60)
        assert lease is not None
        assert media.claim(conn, media_id, "seal", 60) is None
        assert media.claim(conn, media_id, "inspect", 60) is None


def test_a_stale_worker_is_refused_everywhere(database: Database, media_id: UUID) -> None:
    with database.as_role("worker") as conn:
        stale = media.claim(conn, media_id, "seal", 60)
    let_time_pass(database)
    with database.as_role("worker") as conn:
        fresh = media.claim(conn, media_id, "seal", 60)
    assert stale is not None
    assert fresh is not None
    assert fresh.fence > stale.fence
    made = Made("poster", "r1", SHA, SHA, 8, "image/jpeg", StoredObject("d", "k", None), {}, "ffmpeg")
    with database.as_role("worker") as conn:
        with pytest.raises(media.LeaseLost):
            media.renew(conn, stale, 60)
        with pytest.raises(media.LeaseLost):
            media.finish_stage(conn, stale, "inspect")
        with pytest.raises(media.LeaseLost):
            media.set_aside(conn, stale, "x", "y")
        with pytest.raises(media.LeaseLost):
            media.add_derivative(conn, stale, made)
    with pytest.raises(media.LeaseLost):
        seal(database, stale)
    seal(database, fresh)
    with database.as_role("worker") as conn:
        assert media.get(conn, media_id).stage == "inspect"


def test_sealing_is_written_down_with_its_hash_and_asks_for_the_next_job(
    database: Database, media_id: UUID
) -> None:
    with database.as_role("worker") as conn:
        lease = media.claim(conn, media_id, "seal", 60)
    assert lease is not None
    seal(database, lease)
    with database.as_admin() as conn:
        found = media.get(conn, media_id)
        last = ledger.history(conn, found.tip_id)[-1]
        jobs = {row[0] for row in conn.execute("SELECT task_name FROM procrastinate_jobs")}
    assert (found.state, found.stage, found.attempts) == ("sealed", "inspect", 0)
    assert (last.kind, last.details["sha256"], last.details["version"]) == ("sealed", SHA.hex(), "v1")
    assert jobs == {"seal", "inspect"}


def test_a_derivative_made_twice_is_recorded_once(database: Database, media_id: UUID) -> None:
    made = Made(
        "poster", "r1", SHA, SHA, 8, "image/jpeg", StoredObject("d", "k", None), {"width": 1}, "ffmpeg"
    )
    with database.as_role("worker") as conn:
        lease = media.claim(conn, media_id, "seal", 60)
        assert lease is not None
        assert media.add_derivative(conn, lease, made) == media.add_derivative(conn, lease, made)
        entries = ledger.history(conn, lease.tip_id)
    assert [entry.kind for entry in entries].count("derived") == 1


def test_attempts_are_counted_when_they_begin(database: Database, media_id: UUID) -> None:
    for attempt in range(1, MAX_ATTEMPTS + 2):
        with database.as_role("worker") as conn:
            lease = media.claim(conn, media_id, "seal", 60)
        assert lease is not None
        assert lease.attempt == attempt
        let_time_pass(database)
    with database.as_role("worker") as conn:
        media.set_aside(conn, lease, "worker_died", "Three workers died of this file.")
        assert media.claim(conn, media_id, "seal", 60) is None
        found = media.get(conn, media_id)
    assert (found.state, found.quarantine_code) == ("quarantined", "worker_died")


def test_a_reconciler_sees_what_nobody_holds(database: Database, media_id: UUID) -> None:
    with database.as_role("worker") as conn:
        conn.execute("DELETE FROM procrastinate_jobs")
        assert unfinished(conn) == [(media_id, "seal")]
        lease = media.claim(conn, media_id, "seal", 60)
        assert lease is not None
        assert unfinished(conn) == []
        release(conn, lease)
        assert unfinished(conn) == [(media_id, "seal")]


def test_a_backlog_does_not_hide_what_lost_its_job(database: Database, media_id: UUID) -> None:
    later = arrived(database)
    with database.as_role("worker") as conn:
        assert unfinished(conn, limit=1) == [], "each has its job"
        conn.execute("DELETE FROM procrastinate_jobs WHERE args ->> 'media_id' = %s", [str(later)])
        assert unfinished(conn, limit=1) == [(later, "seal")]


def test_an_attempt_the_file_had_no_part_in_is_taken_back(database: Database, media_id: UUID) -> None:
    with database.as_role("worker") as conn:
        for _ in range(2 * MAX_ATTEMPTS):
            lease = media.claim(conn, media_id, "seal", 60)
            assert lease is not None
            assert lease.attempt == 1
            release(conn, lease, counted=False)


def test_what_is_worked_on_again_has_been_due_since_then(database: Database, media_id: UUID) -> None:
    with database.as_admin() as conn:
        conn.execute(
            "UPDATE media SET stage = 'done', state = 'ready', received_at = now() - interval '1 year'"
        )
        conn.execute("UPDATE media SET stage = 'inspect' WHERE id = %s", [media_id])
    with database.as_role("worker") as conn:
        (due,) = [stage for stage in load(conn) if stage.waiting]
        again = conn.execute("SELECT clock_timestamp()").fetchone()
    assert again
    assert due.stage == "inspect"
    assert due.oldest_due_since
    assert timedelta(0) < again[0] - due.oldest_due_since < timedelta(hours=1)
