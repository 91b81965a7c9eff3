"""A tip that its citizen took back: nothing is left of it, whoever dies at whichever step."""

import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from threading import Barrier, Thread

import psycopg
import pytest

from evidence import media
from evidence.errors import Conflict, EvidenceError
from evidence.media import LeaseLost
from evidence.media.growing import Piece, add_piece
from evidence.media.lease import release
from evidence.seal import public_key_of
from evidence.settings import Retention
from evidence.thread import once_of, write_with_words
from evidence.tips.door import mailbox
from evidence.tips.ending import ending_with_words
from tests.workers.conftest import AGENCY_KEY, ROOT
from tests.workers.expire.conftest import Deletion
from workers.seal.seal import seal
from workers.turn import take_turns


def test_nothing_is_left_anywhere_and_the_ledger_says_what_was(deletion: Deletion) -> None:
    tip = deletion.tell()
    sealed, waiting = deletion.send(tip), deletion.send(tip, b"another" * 500)
    deletion.seal(sealed)
    (deletion.bench.scratch / "copy").write_bytes(b"copy")
    deletion.site.store.put_derivative(
        f"{tip.id}/{sealed}/poster/p", deletion.bench.scratch / "copy", sha256(b"copy"), "image/jpeg"
    )
    sha = deletion.site.media(sealed).sha256
    assert deletion.withdraw(tip)
    deletion.tick()
    assert deletion.state(tip) == "purged"
    assert deletion.left_in_store(tip) == []
    assert deletion.left_in_spool() == []
    with deletion.site.database.as_admin() as conn:
        for table in ("message", "tip_note", "upload_pass"):
            assert conn.execute(f"SELECT FROM {table} WHERE tip_id = %s", [tip.id]).fetchall() == []  # type: ignore[arg-type]
        rows = conn.execute("SELECT state, sealed_name FROM media WHERE tip_id = %s", [tip.id]).fetchall()
    assert rows == [("purged", None), ("purged", None)]
    kinds = deletion.kinds(tip)
    assert kinds[-3:] == ["withdrawn", "purge_begun", "purged"]
    with deletion.site.database.as_role("operator") as conn:
        (told,) = conn.execute(
            "SELECT convert_from(body, 'UTF8')::json -> 'details' FROM ledger WHERE chain = %s"
            " ORDER BY sequence DESC LIMIT 1",
            [tip.id],
        ).fetchone() or ({},)
    assert (told["reason"], told["messages"]) == ("withdrawn", 1)
    assert sha
    assert [(m["media"], m["sha256"]) for m in told["media"]] == [
        (str(sealed), sha.hex()),
        (str(waiting), None),
    ]


def test_a_second_run_finds_nothing_to_do(deletion: Deletion) -> None:
    tip = deletion.tell()
    deletion.seal(deletion.send(tip))
    deletion.withdraw(tip)
    deletion.tick()
    deletion.leases_end()
    deletion.tick()
    with deletion.clock() as conn:
        assert deletion.shredder.end(conn, tip.id) is None
        assert conn.execute("SELECT expire_finish(%s)", [tip.id]).fetchone() == (False,)
    assert deletion.kinds(tip).count("purged") == 1


@pytest.mark.parametrize("point", ["begun", "claimed", "emptied", "half", "finished"])
def test_killed_at_any_step_it_is_finished_by_the_next(deletion: Deletion, point: str) -> None:
    tip = deletion.tell()
    for _ in range(2):
        deletion.seal(deletion.send(tip, os.urandom(1000)))
    deletion.withdraw(tip)
    environment = {
        **deletion.site.environment, "DATABASE_URL": deletion.site.database.url("expire"),
        "TEST_POINT": point, "TEST_TIP": str(tip.id),
    }  # fmt: skip
    died = subprocess.run(
        (sys.executable, "-m", "tests.workers.expire.dying"), env=environment, cwd=ROOT, check=False
    )
    assert died.returncode == -signal.SIGKILL
    with deletion.site.database.as_role("intake") as conn:
        ending = ending_with_words(conn, tip.receipt.lookup, Retention())
    assert (ending.deleted_at is not None) == (point == "finished"), "told before it is, or not told"
    deletion.leases_end()
    deletion.tick()
    assert deletion.state(tip) == "purged"
    assert deletion.left_in_store(tip) == []
    assert deletion.left_in_spool() == []
    assert deletion.kinds(tip).count("purged") == 1


def test_two_clocks_at_once_end_it_once(deletion: Deletion) -> None:
    tip = deletion.tell()
    deletion.seal(deletion.send(tip))
    deletion.withdraw(tip)
    with deletion.clock() as one, deletion.clock() as other:
        threads = [Thread(target=deletion.shredder.end, args=(conn, tip.id)) for conn in (one, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert deletion.kinds(tip).count("purged") == 1


def test_it_waits_for_the_worker_that_is_writing_and_what_comes_too_late_goes(deletion: Deletion) -> None:
    tip = deletion.tell()
    media_id = deletion.send(tip)
    deletion.seal(media_id)
    with deletion.site.database.as_role("worker") as conn:
        lease = media.claim(conn, media_id, "inspect", 60)
    assert lease
    deletion.withdraw(tip)
    deletion.tick()
    assert deletion.state(tip) == "withdrawn", "a worker may be writing just now"
    with deletion.site.database.as_admin() as conn:
        conn.execute("UPDATE media SET leased_until = now() - interval '1 second'")
    deletion.tick()
    assert deletion.state(tip) == "purged"
    # The worker had only frozen: it writes, and is told afterwards that its lease is gone.
    (deletion.bench.scratch / "piece").write_bytes(b"piece")
    stored = deletion.site.store.put_derivative(
        f"{tip.id}/{media_id}/pieces/r/1-x", deletion.bench.scratch / "piece", sha256(b"piece"), "video/mp4"
    )
    piece = Piece(media_id, "r", 1, sha256(b"piece"), 5, "video/mp4", stored.key, stored.version)
    with deletion.site.database.as_role("worker") as conn, pytest.raises(LeaseLost):
        add_piece(conn, lease, piece)
    assert deletion.left_in_store(tip)
    deletion.look_again()
    assert deletion.left_in_store(tip) == []
    with deletion.site.database.as_admin() as conn:
        (again,) = conn.execute("SELECT look_again_at - done_at FROM purge").fetchone() or (None,)
    assert again is not None
    assert again.days == 1, "one more look comes after a day"


def test_a_seal_under_way_ends_and_is_deleted_one_not_begun_never_is(deletion: Deletion) -> None:
    tip = deletion.tell()
    media_id = deletion.send(tip)
    with deletion.site.database.as_role("worker") as conn:
        lease = media.claim(conn, media_id, "seal", 60)
    assert lease
    deletion.withdraw(tip)
    deletion.tick()
    assert deletion.state(tip) == "withdrawn"
    with deletion.site.database.as_role("worker") as conn:
        release(conn, lease)
    deletion.tick()
    assert deletion.state(tip) == "purged"
    take_turns(deletion.bench, "media", {"seal": seal}, media_id, "seal")
    assert deletion.left_in_store(tip) == []
    assert deletion.site.media(media_id).state == "purged"


def test_with_the_words_one_reads_when_it_was_deleted(deletion: Deletion) -> None:
    tip = deletion.tell()
    deletion.withdraw(tip)
    deletion.tick()
    with deletion.site.database.as_role("intake") as conn:
        found = mailbox(conn, tip.receipt.lookup)
        ending = ending_with_words(conn, tip.receipt.lookup, Retention())
        with pytest.raises(EvidenceError) as refused:
            write_with_words(
                conn, tip.receipt, "wait", agency_public_key=public_key_of(AGENCY_KEY), once=once_of("1")
            )
    assert found is not None
    assert (found.state, found.messages) == ("purged", ())
    assert (ending.reason, ending.due) == ("withdrawn", None)
    assert ending.deleted_at is not None
    assert refused.value.code == "thread_ended"


def test_what_a_case_has_is_neither_taken_back_nor_deleted(deletion: Deletion) -> None:
    tip = deletion.tell()
    case, bob = deletion.case("26-1")
    deletion.attach(tip, case, bob)
    assert deletion.withdraw(tip) is False
    deletion.age(tip, 4000)
    deletion.tick()
    assert deletion.state(tip) == "attached"


@pytest.mark.parametrize("how", ["withdrawn", "time_over"])
def test_of_a_deletion_and_a_case_that_come_together_one_wins(deletion: Deletion, how: str) -> None:
    case, bob = deletion.case("26-1")
    for _ in range(8):
        tip = deletion.tell()
        if how == "time_over":
            deletion.age(tip, 91)
        together, refused = Barrier(2), []

        def take(tip=tip, together=together, refused=refused) -> None:  # type: ignore[no-untyped-def]
            together.wait()
            try:
                deletion.attach(tip, case, bob)
            except EvidenceError as error:
                refused.append(error.code)

        taking = Thread(target=take)
        taking.start()
        together.wait()
        if how == "withdrawn":
            deletion.withdraw(tip)
        deletion.tick()
        taking.join()
        deletion.tick()
        ended = deletion.state(tip)
        assert ended in ("attached", "purged")
        assert bool(refused) == (ended == "purged")
        assert deletion.kinds(tip).count("purged") == (ended == "purged")


def test_the_clock_may_do_nothing_else(deletion: Deletion) -> None:
    tip = deletion.tell()
    media_id = deletion.send(tip)
    for statement in (
        "SELECT sealed_agency FROM message", "SELECT sealed_name FROM media", "DELETE FROM media",
        "UPDATE tip SET state = 'purged'", "UPDATE purge SET done_at = now()", "DELETE FROM message",
        "INSERT INTO purge (tip_id, reason) SELECT id, 'withdrawn' FROM tip",
    ):  # fmt: skip
        with deletion.clock() as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute(statement.encode())
    with deletion.clock() as conn:
        # What nobody took back, and whose time is not over, it cannot even begin.
        assert deletion.shredder.end(conn, tip.id) is None
        assert conn.execute("SELECT expire_finish(%s)", [tip.id]).fetchone() == (False,)
    assert deletion.site.media(media_id).state == "received"


def test_a_lock_that_nobody_passes_by_keeps_it_begun_and_the_citizen_untold(
    deletion: Deletion, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    tip = deletion.tell()
    locked = replace(deletion.bench.settings, retention=Retention(1, "COMPLIANCE"))
    replace(deletion, bench=replace(deletion.bench, settings=locked)).seal(deletion.send(tip))
    deletion.withdraw(tip)
    with deletion.clock() as conn, pytest.raises(Conflict) as refused:
        deletion.shredder.end(conn, tip.id)
    assert refused.value.code == "still_locked"
    assert f"the end of tip {tip.id} begins: withdrawn" in caplog.text
    assert "is deleted" not in caplog.text, "it is not"
    deletion.leases_end()
    deletion.tick()
    assert deletion.state(tip) == "withdrawn"
    with deletion.site.database.as_role("intake") as conn:
        assert ending_with_words(conn, tip.receipt.lookup, Retention()).deleted_at is None


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
