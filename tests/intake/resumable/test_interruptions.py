"""Cut lines, newer requests and the end of the process, in the draft's terms: no byte that came is lost."""

import secrets
import signal
from uuid import UUID

import pytest

from evidence.spool import UploadSecret
from intake.resumable.protocol import LENIENT_VERSION, VERSIONS
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.intake.resumable.client import NO, PART, YES, Draft, head_from
from tests.intake.tus.test_interruptions import shut
from tests.waiting import eventually
from tipline.up.postgres import EmbeddedPostgres

SENT = secrets.token_bytes(3_456_789)
LENGTH = 10_000_000
REST = secrets.token_bytes(LENGTH - len(SENT))
FIRST_PART = {**PART, "Upload-Offset": "0", "Upload-Complete": YES}


@pytest.fixture
def draft(intake: Intake) -> Draft:
    """A door of this test's own, that may be killed."""
    return Draft(intake.url, VERSIONS[-1])


@pytest.fixture
def shared(shared_intake: Intake) -> Draft:
    """A door that other tests use as well."""
    return Draft(shared_intake.url, VERSIONS[-1])


def id_of(url: str) -> UUID:
    return UploadSecret.from_text(url.rsplit("/", 1)[1]).upload_id


def wait_for_size(intake: Intake, url: str, expected: int) -> None:
    eventually(lambda: intake.spool.bytes_path(id_of(url)).stat().st_size == expected)


def test_a_cut_line_keeps_every_byte_and_completes_nothing(shared: Draft, shared_intake: Intake) -> None:
    url = shared.create()
    with shared.half_sent("PATCH", url, FIRST_PART, LENGTH, SENT):
        wait_for_size(shared_intake, url, len(SENT))
    assert shared.standing(url) == (len(SENT), NO)
    # What ends an upload says how long it is, even where it does not arrive whole.
    assert shared.head(url).headers["upload-length"] == str(LENGTH)
    assert shared.append(url, len(SENT), REST, YES).status_code == 201
    assert shared_intake.spool.bytes_path(id_of(url)).read_bytes() == SENT + REST


@pytest.mark.parametrize("newer", ["HEAD", "PATCH", "DELETE"])
def test_a_newer_request_ends_the_older(shared: Draft, shared_intake: Intake, newer: str) -> None:
    url = shared.create(LENGTH)
    with shared.half_sent("PATCH", url, FIRST_PART, LENGTH, SENT) as hung:
        wait_for_size(shared_intake, url, len(SENT))
        if newer == "HEAD":
            assert shared.standing(url) == (len(SENT), NO)
        elif newer == "PATCH":
            assert shared.append(url, len(SENT), REST, YES).status_code == 201
        else:
            assert shared.cancel(url).status_code == 204
        assert b" 423 " in hung.recv(65536).split(b"\r\n")[0]


def test_kill_9_loses_nothing(draft: Draft, intake: Intake, database: Database) -> None:
    url = draft.create(LENGTH)
    with draft.half_sent("PATCH", url, FIRST_PART, LENGTH, SENT):
        wait_for_size(intake, url, len(SENT))
        intake.stop(signal.SIGKILL)
    intake.start()
    assert draft.standing(url) == (len(SENT), NO)
    assert draft.append(url, len(SENT), REST, YES).status_code == 201
    with database.as_admin() as conn:
        assert conn.execute("SELECT bytes FROM media").fetchall() == [(LENGTH,)]


def test_the_end_of_the_process_is_said_so_that_clients_come_again(draft: Draft, intake: Intake) -> None:
    url = draft.create(LENGTH)
    with draft.half_sent("PATCH", url, {**FIRST_PART, "Upload-Complete": NO}, LENGTH, SENT) as line:
        wait_for_size(intake, url, len(SENT))
        intake.stop()
        answer = line.recv(65536)
        assert b" 503 " in answer.split(b"\r\n")[0]
        assert b"restarting" in answer
    intake.start()
    assert draft.standing(url) == (len(SENT), NO)


@pytest.mark.parametrize(("complete", "answer"), [(NO, "201 Created"), (YES, "503 Service Unavailable")])
def test_a_creation_that_is_interrupted_is_no_success_for_who_sent_everything(
    draft: Draft, intake: Intake, complete: str, answer: str
) -> None:
    said = {"Upload-Complete": complete}
    with draft.half_sent("POST", f"{draft.url}/files/", said, LENGTH, SENT) as line:
        _, interim = head_from(line)
        url = f"{draft.url}{interim['location']}"
        wait_for_size(intake, url, len(SENT))
        intake.stop()
        status, told = head_from(line)
        assert status == f"HTTP/1.1 {answer}"
        if complete == NO:
            assert (told["upload-offset"], told["upload-complete"]) == (str(len(SENT)), NO)
    intake.start()
    assert draft.standing(url) == (len(SENT), NO)
    assert draft.append(url, len(SENT), REST, YES).status_code == 201


def test_while_the_database_is_away_nothing_is_lost_and_clients_come_again(
    draft: Draft, intake: Intake, database: Database, postgres: EmbeddedPostgres
) -> None:
    url = draft.create()
    with shut(database, postgres):
        last = draft.append(url, 0, b"abcdef", YES)
        assert (last.status_code, last.json()["code"]) == (503, "database_away")
        assert "upload-complete" not in last.headers
        # tus-js-client starts from zero after a 5xx; who follows the newest text gives up after a 4xx.
        assert draft.head(url).status_code == 503
        waiting = Draft(intake.url, LENIENT_VERSION).head(url)
        assert (waiting.status_code, waiting.headers["retry-after"]) == (423, "1")
    eventually(lambda: draft.head(url).status_code == 204)
    assert draft.standing(url) == (6, YES)
    with database.as_admin() as conn:
        assert conn.execute("SELECT bytes FROM media").fetchall() == [(6,)]
