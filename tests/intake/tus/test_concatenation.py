"""Parts sent side by side, joined into one media: in order, once, whatever is killed or asked twice."""

import hashlib
import secrets
import signal
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.errors import EvidenceError
from evidence.spool import LEAF_BYTES, UploadSecret
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
    secret = UploadSecret.from_text(final.rpartition("/")[2])
    assert intake.spool.bytes_path(secret.upload_id).read_bytes() == whole
    assert [tus.head(url).status_code for url in urls] == [404] * len(urls)


def test_addresses_may_be_paths_and_head_tells_what_was_joined(tus: Tus) -> None:
    urls = [part(tus, b"abc"), part(tus, b"defg")]
    paths = [urlsplit(url).path for url in urls]
    told = tus.head(urls[0]).headers
    assert (told["upload-concat"], told["upload-offset"], told["upload-length"]) == ("partial", "3", "3")
    assert "upload-expires" in told
    final = f"{tus.url}{join(tus, *paths).headers['location']}"
    told = tus.head(final).headers
    assert told["upload-concat"] == f"final;{' '.join(paths)}"
    assert (told["upload-offset"], told["upload-length"]) == ("7", "7")


def test_asked_twice_it_is_the_same_upload(tus: Tus, database: Database) -> None:
    urls = [part(tus, b"abc"), part(tus, b"defg")]
    first, second = join(tus, *urls), join(tus, *urls)
    assert first.headers["location"] == second.headers["location"]
    assert [size for size, _ in media_of(database)] == [7]


def test_a_part_can_be_deferred_interrupted_and_gone_on_with(tus: Tus) -> None:
    answer = tus.post(b"", Upload_Defer_Length="1", Upload_Concat="partial")
    url = f"{tus.url}{answer.headers['location']}"
    assert tus.patch(url, 0, b"abc").status_code == 204
    assert tus.offset(url) == 3
    assert join(tus, url).json()["code"] == "part_unfinished"
    assert tus.patch(url, 3, b"de", Upload_Length="5").status_code == 204
    assert join(tus, url).headers["upload-offset"] == "5"


def test_what_cannot_be_joined_is_refused_and_stays(tus: Tus, database: Database) -> None:
    whole, unfinished, ordinary = part(tus, b"abc"), part(tus, b"abcdef", sent=2), tus.create(3)
    unknown = f"{tus.url}/files/{UploadSecret.new().text}"
    for urls, headers, status, code in (
        ((whole, unfinished), {}, 400, "part_unfinished"),
        ((whole, ordinary), {}, 400, "not_partial"),
        ((whole, unknown), {}, 404, "unknown_upload"),
        ((whole, "/elsewhere/x"), {}, 404, "unknown_upload"),
        ((whole,), {"Upload_Length": "3"}, 400, "upload_length"),
        ((whole,) * 101, {}, 429, "too_many_parts"),
    ):
        answer = join(tus, *urls, **headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert media_of(database) == []
    assert tus.offset(whole) == 3


def test_a_joined_upload_takes_no_bytes(tus: Tus) -> None:
    final = f"{tus.url}{join(tus, part(tus, b'abc')).headers['location']}"
    answer = tus.patch(final, 3, b"d")
    assert (answer.status_code, answer.json()["code"]) == (403, "joined_upload")


def test_more_than_one_file_may_have_is_refused(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_MAX_FILE_BYTES="5") as intake:
        tus = Tus(intake.url)
        answer = join(tus, part(tus, b"abc"), part(tus, b"def"))
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")


def test_killed_while_joining_it_is_gone_on_with(new_intake: NewIntake, database: Database) -> None:
    content = secrets.token_bytes(8 * LEAF_BYTES + 11)
    with new_intake() as intake:
        tus = Tus(intake.url)
        urls = [part(tus, content[: 3 * LEAF_BYTES]), part(tus, content[3 * LEAF_BYTES :])]
        secret = UploadSecret.joined([UploadSecret.from_text(url.rpartition("/")[2]) for url in urls])
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
