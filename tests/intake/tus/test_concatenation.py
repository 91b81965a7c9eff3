"""Parts sent side by side, joined into one media: in order, once, whatever is killed or asked twice."""

import hashlib
import os
import resource
import secrets
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import EvidenceError
from evidence.media import door as media
from evidence.spool import LEAF_BYTES, Standing, Upload, UploadSecret
from evidence.spool.layout import Files
from evidence.spool.room import Room
from intake.tus.concatenation import parse_concat
from tests.conftest import Database
from tests.intake.conftest import Intake, NewIntake
from tests.intake.tus.client import Tus, metadata
from tests.waiting import eventually


@pytest.fixture
def tus(intake: Intake) -> Tus:
    return Tus(intake.url)


def part(tus: Tus, content: bytes, sent: int | None = None) -> str:
    answer = tus.post(b"", Upload_Length=str(len(content)), Upload_Concat="partial")
    assert answer.status_code == 201, answer.text
    url = f"{tus.url}{answer.headers['location']}"
    if content:
        assert tus.patch(url, 0, content[:sent]).status_code == 204
    return url


def join(tus: Tus, *urls: str, **headers: str) -> httpx.Response:
    return tus.post(b"", Upload_Concat=f"final;{' '.join(urls)}", **headers)


def secret_of(url: str) -> UploadSecret:
    return UploadSecret.from_text(url.rpartition("/")[2])


def id_of(url: str) -> UUID:
    return secret_of(url).upload_id


def opened(intake: Intake, urls: list[str], length: int) -> Standing:
    """A final upload of these parts in the spool, as a door leaves it that was killed at once."""
    upload = Upload.new(
        UploadSecret.joined([secret_of(url) for url in urls]),
        length=length,
        lifetime=timedelta(hours=1),
        sealed_name=b"",
        metadata="",
        concat="final;",
        parts=tuple(id_of(url) for url in urls),
    )
    return intake.spool.create(upload)


def media_of(database: Database) -> list[tuple[int, bytes]]:
    with database.as_role("console") as conn:
        return conn.execute("SELECT bytes, leaves_sha256 FROM media").fetchall()


def uploads_of(database: Database) -> int:
    with database.as_role("console") as conn:
        return len(conn.execute("SELECT 1 FROM upload").fetchall())


def leaves_sha256(content: bytes) -> bytes:
    leaves = (content[i : i + LEAF_BYTES] for i in range(0, len(content), LEAF_BYTES))
    return hashlib.sha256(b"".join(hashlib.sha256(leaf).digest() for leaf in leaves)).digest()


def test_parts_become_one_media_in_the_order_given(tus: Tus, intake: Intake, database: Database) -> None:
    contents = [secrets.token_bytes(size) for size in (LEAF_BYTES + 5, 3, LEAF_BYTES, 0, 70_000)]
    urls = [part(tus, content) for content in contents]
    assert uploads_of(database) == 0, "a part alone is nobody's file"
    order = [2, 0, 4, 3, 1]
    whole = b"".join(contents[i] for i in order)
    answer = join(tus, *(urls[i] for i in order), Upload_Metadata=metadata(filename="joined.mp4"))
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(whole)))
    assert media_of(database) == [(len(whole), leaves_sha256(whole))]
    final = f"{tus.url}{answer.headers['location']}"
    assert intake.spool.bytes_path(id_of(final)).read_bytes() == whole
    assert not any(intake.spool.bytes_path(id_of(url)).exists() for url in urls)


def test_asked_twice_it_is_the_same_upload(tus: Tus, database: Database) -> None:
    """Also by a client that lost the answer, and looks whether its parts are still there."""
    urls = [part(tus, b"abc"), part(tus, b"defg")]
    first = join(tus, *urls)
    told = [tus.head(url).headers for url in urls]
    assert [(each["upload-offset"], each["upload-length"]) for each in told] == [("3", "3"), ("4", "4")]
    assert [each["upload-concat"] for each in told] == ["partial", "partial"]
    second = join(tus, *urls)
    assert (second.status_code, second.headers["location"]) == (201, first.headers["location"])
    assert [size for size, _ in media_of(database)] == [7]
    assert join(tus, *reversed(urls)).json()["code"] == "part_joined"


def test_asked_by_many_at_once_it_is_the_same_upload(tus: Tus, database: Database) -> None:
    urls = [part(tus, secrets.token_bytes(100_000)) for _ in range(4)]
    with ThreadPoolExecutor(8) as asking:
        answers = list(asking.map(lambda _: join(tus, *urls), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert [size for size, _ in media_of(database)] == [400_000]


def test_parts_that_were_joined_are_forgotten_one_day(tus: Tus, intake: Intake) -> None:
    url = part(tus, b"abc")
    assert join(tus, url).status_code == 201
    assert tus.delete(url).json()["code"] == "already_received"
    assert intake.spool.sweep_received(datetime.now(UTC) + timedelta(hours=71)) == 0
    assert intake.spool.sweep_received(datetime.now(UTC) + timedelta(hours=73)) == 1
    assert tus.head(url).status_code == 404


def test_a_final_the_database_never_heard_of_is_gone_on_with(
    tus: Tus, intake: Intake, database: Database
) -> None:
    """A door was killed between the final upload's sidecar and its row."""
    urls = [part(tus, b"abc"), part(tus, b"defg")]
    opened(intake, urls, 7)
    answer = join(tus, *urls)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "7")
    assert [size for size, _ in media_of(database)] == [7]


def test_killed_between_the_commit_and_the_mark_it_is_gone_on_with(
    tus: Tus, intake: Intake, database: Database
) -> None:
    urls = [part(tus, b"abc"), part(tus, b"defg")]
    final = f"{tus.url}{join(tus, *urls).headers['location']}"
    Files(intake.spool.root, id_of(final)).received.unlink()
    assert join(tus, *urls).status_code == 201
    assert intake.spool.look(id_of(final)).received
    assert [size for size, _ in media_of(database)] == [7]


def hole(tus: Tus, intake: Intake) -> tuple[str, int]:
    """A complete part that is larger than the disk, since nothing is in it; its URL and its length."""
    answer = tus.post(b"", Upload_Defer_Length="1", Upload_Concat="partial")
    url = f"{tus.url}{answer.headers['location']}"
    length = Room.of(intake.spool.root).size + 1
    os.truncate(intake.spool.bytes_path(id_of(url)), length)
    intake.spool.declare_length(intake.spool.take(id_of(url)), length)
    return url, length


def restarted_with_small_files(intake: Intake) -> None:
    """Start the door anew, as one that can write no large file: a fault must not fill the disk."""
    intake.stop()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        intake.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_without_room_for_the_copy_nothing_is_begun(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_MAX_FILE_BYTES=str(10**15)) as intake:
        tus = Tus(intake.url)
        url, _ = hole(tus, intake)
        restarted_with_small_files(intake)
        before = set(intake.spool.root.iterdir())
        answer = join(tus, url)
        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
        assert set(intake.spool.root.iterdir()) == before


def test_what_lost_its_room_meanwhile_waits_for_it(new_intake: NewIntake, database: Database) -> None:
    with new_intake(TIPLINE_MAX_FILE_BYTES=str(10**15)) as intake:
        tus = Tus(intake.url)
        url, length = hole(tus, intake)
        final = opened(intake, [url], length)
        with database.as_role("intake") as conn:
            media.open_upload(conn, final.upload.id, token=None, max_files=1, expires_at=final.expires_at)
        restarted_with_small_files(intake)
        assert join(tus, url).json()["code"] == "disk_full"
        eventually(lambda: "wait to be joined" in intake.log.read_text(), what="the look through the spool")
        assert intake.spool.look(final.upload.id).offset == 0


def test_killed_while_joining_it_is_gone_on_with(new_intake: NewIntake, database: Database) -> None:
    content = secrets.token_bytes(8 * LEAF_BYTES + 11)
    with new_intake() as intake:
        tus = Tus(intake.url)
        urls = [part(tus, content[: 3 * LEAF_BYTES]), part(tus, content[3 * LEAF_BYTES :])]
        secret = UploadSecret.joined([secret_of(url) for url in urls])
        joined = intake.spool.bytes_path(secret.upload_id)
        with ThreadPoolExecutor(1) as asking:
            lost = asking.submit(join, tus, *urls)
            eventually(lambda: joined.exists() and joined.stat().st_size > 0)
            intake.stop(signal.SIGKILL)
            assert isinstance(lost.exception(), httpx.TransportError), "it had been answered already"
        intake.start()
        assert join(tus, *urls).status_code == 201
    assert media_of(database) == [(len(content), leaves_sha256(content))]


def test_the_look_through_the_spool_goes_on_joining(new_intake: NewIntake, database: Database) -> None:
    content = secrets.token_bytes(8 * LEAF_BYTES + 11)
    with new_intake() as intake:
        tus = Tus(intake.url)
        urls = [part(tus, content[: 3 * LEAF_BYTES]), part(tus, content[3 * LEAF_BYTES :])]
        with ThreadPoolExecutor(1) as asking:
            asking.submit(join, tus, *urls)
            eventually(lambda: uploads_of(database))
            intake.stop(signal.SIGKILL)
        intake.start()
        eventually(lambda: media_of(database))
    assert media_of(database) == [(len(content), leaves_sha256(content))]


@given(st.text(max_size=200))
def test_no_concat_header_is_more_than_refused(value: str) -> None:
    try:
        joining = parse_concat(value, prefix="/files")
    except EvidenceError:
        return
    assert joining is None or joining.parts
