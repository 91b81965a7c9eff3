"""Cut lines, newer requests, silence and the end of the process: nothing acknowledged is lost."""

import os
import resource
import secrets
import signal
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from evidence.spool import UploadSecret
from tests.conftest import Database
from tests.intake.conftest import Intake, NewIntake
from tests.intake.tus.client import HalfSent, Tus
from tests.outage import shut
from tests.waiting import eventually
from tipline.up.postgres import EmbeddedPostgres

SENT = secrets.token_bytes(3_456_789)
LENGTH = 10_000_000


@pytest.fixture
def tus(intake: Intake) -> Tus:
    return Tus(intake.url)


def id_of(url: str) -> UUID:
    return UploadSecret.from_text(url.rsplit("/", 1)[1]).upload_id


def size(intake: Intake, url: str) -> int:
    return intake.spool.bytes_path(id_of(url)).stat().st_size


def wait_for_size(intake: Intake, url: str, expected: int) -> None:
    eventually(lambda: size(intake, url) == expected)


def sizes_of_media(database: Database) -> list[int]:
    with database.as_admin() as conn:
        return [row[0] for row in conn.execute("SELECT bytes FROM media").fetchall()]


@pytest.mark.parametrize("cut", ["finish", "reset"])
def test_a_cut_line_keeps_every_byte_that_came(tus: Tus, intake: Intake, cut: str) -> None:
    url = tus.create(LENGTH)
    with HalfSent(url, 0, LENGTH, SENT) as line:
        wait_for_size(intake, url, len(SENT))
        getattr(line, cut)()
    assert tus.offset(url) == len(SENT)
    rest = secrets.token_bytes(LENGTH - len(SENT))
    assert tus.patch(url, len(SENT), rest).status_code == 204
    path = intake.spool.bytes_path(id_of(url))
    assert path.read_bytes() == SENT + rest


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
def test_a_newer_request_takes_over_at_once(tus: Tus, intake: Intake, method: str) -> None:
    url = tus.create(LENGTH)
    with HalfSent(url, 0, LENGTH, SENT) as hung:
        wait_for_size(intake, url, len(SENT))
        began = time.monotonic()
        if method == "HEAD":
            assert tus.offset(url) == len(SENT)
        elif method == "PATCH":
            assert tus.patch(url, len(SENT), b"next").headers["upload-offset"] == str(len(SENT) + 4)
        else:
            assert tus.delete(url).status_code == 204
        # A loaded machine gets ten times what it takes; waiting for a lock or a timeout takes far longer.
        assert time.monotonic() - began < 0.5
        assert b"423" in hung.answer().split(b"\r\n")[0]


def test_an_upload_ended_while_it_is_hashed_is_no_fault(tus: Tus) -> None:
    url = tus.create(100_000_000)
    with HalfSent(url, 0, 100_000_000, bytes(20_000_000)) as hung:
        assert tus.delete(url).status_code == 204
        assert b"423" in hung.answer().split(b"\r\n")[0]


def test_the_newest_of_many_patches_wins(tus: Tus, intake: Intake) -> None:
    url = tus.create(LENGTH)
    lines = []
    for number in range(5):
        lines.append(HalfSent(url, number * 1000, LENGTH - number * 1000, bytes([number]) * 1000))
        wait_for_size(intake, url, (number + 1) * 1000)
    lines[-1].socket.sendall(b"\5" * 1000)
    wait_for_size(intake, url, 6000)
    for line in lines[:-1]:
        assert b"423" in line.answer()
    for line in lines:
        line.finish()
    assert tus.offset(url) == 6000


def test_another_process_takes_over_as_fast(new_intake: NewIntake) -> None:
    with new_intake() as one, new_intake() as two:
        url = Tus(one.url).create(LENGTH)
        elsewhere = url.replace(one.url, two.url)
        with HalfSent(url, 0, LENGTH, SENT) as hung:
            wait_for_size(one, url, len(SENT))
            began = time.monotonic()
            assert Tus(two.url).offset(elsewhere) == len(SENT)
            assert time.monotonic() - began < 0.5
            assert Tus(two.url).patch(elsewhere, len(SENT), b"next").status_code == 204
            hung.socket.sendall(b"late")
            assert b"423" in hung.answer().split(b"\r\n")[0]
        assert Tus(one.url).offset(url) == len(SENT) + 4


def test_a_stopped_process_bars_nobody(new_intake: NewIntake) -> None:
    with new_intake() as one, new_intake() as two:
        url = Tus(one.url).create(LENGTH)
        elsewhere = url.replace(one.url, two.url)
        with HalfSent(url, 0, LENGTH, SENT):
            wait_for_size(one, url, len(SENT))
            assert one.process is not None
            one.process.send_signal(signal.SIGSTOP)
            try:
                assert Tus(two.url).offset(elsewhere) == len(SENT)
            finally:
                one.process.send_signal(signal.SIGCONT)


def test_kill_9_loses_nothing(intake: Intake, tus: Tus, database: Database) -> None:
    url = tus.create(LENGTH)
    with HalfSent(url, 0, LENGTH, SENT):
        wait_for_size(intake, url, len(SENT))
        intake.stop(signal.SIGKILL)
    intake.start()
    assert tus.offset(url) == len(SENT)
    assert tus.patch(url, len(SENT), bytes(LENGTH - len(SENT))).headers["upload-offset"] == str(LENGTH)
    assert sizes_of_media(database) == [LENGTH]


def test_the_end_of_the_process_is_quick_and_said(intake: Intake, tus: Tus) -> None:
    url = tus.create(LENGTH)
    with HalfSent(url, 0, LENGTH, SENT) as line:
        wait_for_size(intake, url, len(SENT))
        assert intake.stop() < 2.0
        answer = line.answer()
        assert b"503" in answer.split(b"\r\n")[0]
        assert b"restarting" in answer
    intake.start()
    assert tus.offset(url) == len(SENT)


def test_ten_hung_uploads_do_not_delay_the_end(intake: Intake, tus: Tus) -> None:
    urls = [tus.create(LENGTH) for _ in range(10)]
    lines = [HalfSent(url, 0, LENGTH, b"x" * 100_000) for url in urls]
    for url in urls:
        wait_for_size(intake, url, 100_000)
    assert intake.stop() < 2.0
    for line in lines:
        line.finish()


def test_an_upload_whose_process_died_before_the_commit_is_finished(
    intake: Intake, tus: Tus, database: Database
) -> None:
    """The bytes are whole, the database knows nothing yet: a HEAD finishes it before it tells the offset."""
    url = tus.create(6)
    tus.patch(url, 0, b"abc")
    intake.stop(signal.SIGKILL)
    name = id_of(url)
    with intake.spool.writer(intake.spool.take(name)) as writer:
        writer.append(b"def")
    intake.start()
    assert tus.offset(url) == 6
    assert sizes_of_media(database) == [6]


def test_the_reconciler_finishes_it_even_if_nobody_asks(intake: Intake, tus: Tus, database: Database) -> None:
    url = tus.create(6)
    intake.stop(signal.SIGKILL)
    name = id_of(url)
    with intake.spool.writer(intake.spool.take(name)) as writer:
        writer.append(b"abcdef")
    intake.start()
    eventually(lambda: intake.spool.look(name).received)
    assert sizes_of_media(database) == [6]


def test_what_was_sealed_still_says_that_it_arrived(intake: Intake, tus: Tus) -> None:
    url = tus.create(6)
    tus.patch(url, 0, b"abcdef")
    intake.spool.release(id_of(url))
    assert tus.offset(url) == 6
    assert tus.patch(url, 6, b"").status_code == 204
    assert tus.delete(url).status_code == 403


def test_an_expired_upload_is_gone_and_swept(intake: Intake, tus: Tus, database: Database) -> None:
    url = tus.create(6)
    tus.patch(url, 0, b"abc")
    name = id_of(url)
    long_ago = (datetime.now(UTC) - timedelta(hours=73)).timestamp()
    os.utime(intake.spool.bytes_path(name), (long_ago, long_ago))
    assert tus.head(url).status_code == 410
    assert tus.patch(url, 3, b"def").status_code == 410
    intake.stop()
    intake.start()
    eventually(lambda: not list(intake.spool.root.iterdir()))
    with database.as_admin() as conn:
        assert conn.execute("SELECT state FROM upload").fetchall() == [("expired",)]
    assert tus.head(url).status_code == 410


def test_while_the_database_is_away_nothing_is_lost_and_nothing_restarts(
    intake: Intake, tus: Tus, database: Database, postgres: EmbeddedPostgres
) -> None:
    url = tus.create(6)
    with shut(database, postgres):
        last = tus.patch(url, 0, b"abcdef")
        assert (last.status_code, last.json()["code"]) == (503, "database_away")
        # Any other answer than 423 would make the client begin again from zero.
        assert tus.head(url).status_code == 423
        refused = tus.post(Upload_Length="3")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        assert httpx.get(f"{intake.url}/readyz", timeout=20).status_code == 503
        assert httpx.get(f"{intake.url}/healthz").status_code == 200
    eventually(lambda: tus.head(url).status_code == 200)
    assert tus.offset(url) == 6
    assert sizes_of_media(database) == [6]


def test_a_full_disk_keeps_what_was_acknowledged(intake: Intake, tus: Tus) -> None:
    """A limit on the size of files (RLIMIT_FSIZE) refuses a write as a full disk does."""
    url = tus.create(LENGTH)
    assert tus.patch(url, 0, b"x" * 1_000_000).status_code == 204
    assert intake.process is not None
    resource.prlimit(intake.process.pid, resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
    refused = tus.patch(url, 1_000_000, b"y" * 3_000_000)
    assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
    assert 1_000_000 <= tus.offset(url) <= 2_000_000
    resource.prlimit(intake.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    offset = tus.offset(url)
    assert tus.patch(url, offset, b"z" * 1000).headers["upload-offset"] == str(offset + 1000)
