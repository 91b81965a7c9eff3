"""What becomes of requests here: media, codes, tips. What tus itself demands: tests/intake/conformance/."""

import json
import secrets

import httpx
import pytest
from nacl.public import PrivateKey

from evidence.seal import open_sealed
from evidence.spool import UploadSecret
from tests.conftest import Database
from tests.intake.conftest import Intake, NewIntake
from tests.intake.tus.client import TUS, Tus, metadata


@pytest.fixture
def tus(intake: Intake) -> Tus:
    """A door whose database holds nothing but what the test sends."""
    return Tus(intake.url)


@pytest.fixture
def shared(shared_intake: Intake) -> Tus:
    """A door that other tests use as well."""
    return Tus(shared_intake.url)


def media_of(database: Database) -> list[tuple[int, str]]:
    with database.as_admin() as conn:
        return conn.execute("SELECT bytes, stage FROM media ORDER BY received_at").fetchall()


def test_a_whole_upload_becomes_a_media_once(tus: Tus, database: Database, agency_key: PrivateKey) -> None:
    content = secrets.token_bytes(9_000_000)
    url = tus.create(len(content), filename="street.mp4", filetype="video/mp4")
    first = tus.patch(url, 0, content[:4_000_000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "4000000")
    assert "upload-expires" in first.headers
    second = tus.patch(url, 4_000_000, content[4_000_000:])
    assert (second.status_code, second.headers["upload-offset"]) == (204, "9000000")
    assert tus.offset(url) == 9_000_000
    again = tus.patch(url, 9_000_000, b"")
    assert again.status_code == 204
    with database.as_admin() as conn:
        rows = conn.execute("SELECT bytes, sealed_name, upload_id FROM media").fetchall()
        jobs = conn.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
    assert [row[0] for row in rows] == [9_000_000]
    name = json.loads(open_sealed(bytes(agency_key), bytes(rows[0][1])))
    assert name == {"name": "street.mp4", "type": "video/mp4"}
    assert jobs == (1,)


def test_the_spool_holds_what_was_sent_with_its_leaves(shared: Tus, shared_intake: Intake) -> None:
    content = secrets.token_bytes(17_000_000)
    url = shared.create(len(content))
    shared.patch(url, 0, content)
    upload_id = UploadSecret.from_text(url.rsplit("/", 1)[1]).upload_id
    assert shared_intake.spool.bytes_path(upload_id).read_bytes() == content
    examined = shared_intake.spool.examine(upload_id)
    assert examined.leaves_sha256 == shared_intake.spool.complete(upload_id, len(content))


def test_discovery_tells_what_is_built(shared: Tus) -> None:
    answer = shared.options()
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == "20000000000"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation", "creation-with-upload", "creation-defer-length", "expiration", "checksum",
        "termination", "concatenation",
    }  # fmt: skip


def test_a_page_is_told_each_header_that_it_may_send_once(shared: Tus) -> None:
    told = shared.options().headers["access-control-allow-headers"].lower().split(", ")
    assert {"tus-resumable", "upload-complete", "content-type"} <= set(told)
    assert len(told) == len(set(told))


def test_another_version_is_told_of_both_protocols(shared: Tus) -> None:
    refused = shared.post(b"", Tus_Resumable="0.2.2", Upload_Length="5")
    assert refused.json()["code"] == "tus_version"
    assert "no other version of tus" in refused.json()["detail"]
    assert "Upload-Draft-Interop-Version" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "upload_length"),
        ({"Upload_Length": "-5"}, 400, "upload_length"),
        ({"Upload_Length": "many"}, 400, "upload_length"),
        ({"Upload_Length": "20000000001"}, 413, "file_too_large"),
        ({"Upload_Defer_Length": "2"}, 400, "upload_defer_length"),
        ({"Upload_Defer_Length": "1", "Upload_Length": "3"}, 400, "upload_length"),
        ({"Upload_Length": "3", "Upload_Concat": "parts"}, 400, "upload_concat"),
        ({"Upload_Length": "3", "Upload_Metadata": "filename ???"}, 400, "upload_metadata"),
        ({"Upload_Length": "3", "Upload_Metadata": "a YQ==,a YQ=="}, 400, "upload_metadata"),
        ({"Upload_Length": "3", "Upload_Metadata": metadata(tip="forged")}, 404, "unknown_tip"),
        ({"Upload_Length": "3", "Upload_Metadata": metadata(tip="A" * 43)}, 404, "unknown_tip"),
    ],
)
def test_a_wrong_creation_is_refused_and_leaves_nothing(
    shared: Tus, shared_intake: Intake, headers: dict[str, str], status: int, code: str
) -> None:
    before = set(shared_intake.spool.root.iterdir())
    answer = shared.post(b"", **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(shared_intake.spool.root.iterdir()) == before


def test_an_empty_file_arrives_with_its_creation(tus: Tus, database: Database) -> None:
    url = tus.create(0)
    assert tus.offset(url) == 0
    assert media_of(database) == [(0, "seal")]


def test_a_deferred_length_is_declared_later(tus: Tus, database: Database) -> None:
    url = tus.create(None)
    tus.patch(url, 0, b"abc")
    tus.patch(url, 3, b"def", Upload_Length="9")
    assert tus.patch(url, 6, b"", Upload_Length="10").json()["code"] == "length_settled"
    tus.patch(url, 6, b"ghi")
    assert media_of(database) == [(9, "seal")]


def test_a_deferred_length_may_come_with_an_empty_end(tus: Tus, database: Database) -> None:
    url = tus.create(None)
    tus.patch(url, 0, b"abc")
    answer = tus.patch(url, 3, b"", Upload_Length="3")
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "3")
    assert media_of(database) == [(3, "seal")]


def test_the_first_bytes_may_come_with_the_creation(tus: Tus, database: Database) -> None:
    content_type = "application/offset+octet-stream"
    assert tus.post(b"abc", Upload_Length="6", Content_Type=content_type).status_code == 201
    assert media_of(database) == []
    assert tus.post(b"abcdef", Upload_Length="6", Content_Type=content_type).status_code == 201
    assert media_of(database) == [(6, "seal")]
    refused = tus.post(b"abcdefg", Upload_Length="6", Content_Type=content_type)
    assert (refused.status_code, refused.json()["code"]) == (413, "past_length")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"Content-Type": "video/mp4"}, 415, "content_type"),
        ({"Upload-Offset": "x"}, 400, "upload_offset"),
        ({"Upload-Offset": ""}, 400, "upload_offset"),
        ({"Upload-Offset": "2"}, 409, "offset_mismatch"),
        ({"Upload-Offset": "99999999999999999999"}, 400, "upload_offset"),
    ],
)
def test_a_wrong_patch_changes_nothing(shared: Tus, changes: dict[str, str], status: int, code: str) -> None:
    url = shared.create(10)
    named = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0", **changes}
    answer = shared.request("PATCH", url, {**TUS, **named}, b"abc")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert shared.offset(url) == 0


def test_a_termination_leaves_nothing(shared: Tus, shared_intake: Intake) -> None:
    before = set(shared_intake.spool.root.iterdir())
    url = shared.create(5)
    shared.patch(url, 0, b"abc")
    assert shared.delete(url).status_code == 204
    assert shared.patch(url, 3, b"de").json()["code"] == "upload_ended"
    assert set(shared_intake.spool.root.iterdir()) == before


def test_what_arrived_cannot_be_terminated(shared: Tus) -> None:
    url = shared.create(3)
    shared.patch(url, 0, b"abc")
    answer = shared.delete(url)
    assert (answer.status_code, answer.json()["code"]) == (403, "already_received")
    assert shared.offset(url) == 3


def test_a_tip_takes_so_many_files_and_no_more(new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_MAX_FILES_PER_TIP="2") as intake:
        tus = Tus(intake.url)
        token = open_tip(tus)
        tus.create(3, tip=token)
        tus.create(3, tip=token)
        answer = tus.post(Upload_Length="3", Upload_Metadata=metadata(tip=token))
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_files")


def test_uploads_join_the_tip_of_their_token(tus: Tus, database: Database) -> None:
    token = open_tip(tus)
    for content in (b"abc", b"defgh"):
        url = tus.create(len(content), tip=token, filename="clip.mp4")
        assert "tip" not in tus.head(url).headers["upload-metadata"]
        tus.patch(url, 0, content)
    with database.as_admin() as conn:
        tips = conn.execute("SELECT tip_id, count(*) FROM media GROUP BY tip_id").fetchall()
    assert [count for _, count in tips] == [2]


def open_tip(tus: Tus) -> str:
    answer = httpx.post(f"{tus.url}/tips", json={"what": "a van", "language": "en"})
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token
