"""Checksummed chunks: in the upload whole and proved, or not at all."""

import base64
import hashlib
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tusclient.client import TusClient

from evidence.errors import Invalid
from intake.tus import protocol
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.intake.tus.client import HalfSent, Tus
from tests.waiting import eventually

CONTENT = bytes(range(256)) * 40


def summed(content: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


@pytest.fixture
def shared(shared_intake: Intake) -> Tus:
    return Tus(shared_intake.url)


def drafts(intake: Intake) -> list[Path]:
    return list(intake.spool.root.glob("*.draft"))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_chunk_that_matches_is_taken_up(shared: Tus, shared_intake: Intake, algorithm: str) -> None:
    url = shared.create(2 * len(CONTENT))
    for offset in (0, len(CONTENT)):
        answer = shared.patch(url, offset, CONTENT, Upload_Checksum=summed(CONTENT, algorithm))
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(offset + len(CONTENT)))
    assert drafts(shared_intake) == []


def test_a_chunk_that_does_not_match_is_dropped_and_may_come_again(
    shared: Tus, shared_intake: Intake
) -> None:
    url = shared.create(len(CONTENT))
    answer = shared.patch(url, 0, CONTENT[:-1] + b"?", Upload_Checksum=summed(CONTENT))
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert shared.offset(url) == 0
    assert drafts(shared_intake) == []
    assert shared.patch(url, 0, CONTENT, Upload_Checksum=summed(CONTENT)).status_code == 204


def test_a_chunk_that_breaks_off_is_dropped(shared: Tus, shared_intake: Intake) -> None:
    url = shared.create(len(CONTENT))
    headers = f"Upload-Checksum: {summed(CONTENT)}\r\n"
    with HalfSent(url, 0, len(CONTENT), CONTENT[:5000], headers=headers) as half:
        eventually(lambda: drafts(shared_intake))
        half.socket.shutdown(socket.SHUT_RDWR)
    eventually(lambda: not drafts(shared_intake))
    assert shared.offset(url) == 0


def test_first_bytes_can_be_checked_as_well(shared: Tus, shared_intake: Intake) -> None:
    size = {"Upload_Length": str(len(CONTENT)), "Content_Type": protocol.CONTENT_TYPE}
    before = set(shared_intake.spool.root.iterdir())
    refused = shared.post(CONTENT, **size, Upload_Checksum=summed(b"other"))
    assert refused.status_code == 460
    assert set(shared_intake.spool.root.iterdir()) == before
    accepted = shared.post(CONTENT, **size, Upload_Checksum=summed(CONTENT))
    assert (accepted.status_code, accepted.headers["upload-offset"]) == (201, str(len(CONTENT)))


@pytest.mark.parametrize(
    ("checksum", "code"),
    [
        ("md5 1B2M2Y8AsgTpgAmY7PhCfg==", "checksum_algorithm"),
        ("sha1 ???", "upload_checksum"),
        ("sha1", "upload_checksum"),
    ],
)
def test_a_checksum_that_cannot_be_one_is_refused(shared: Tus, checksum: str, code: str) -> None:
    answer = shared.patch(shared.create(3), 0, b"abc", Upload_Checksum=checksum)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@given(st.text(max_size=80))
def test_no_checksum_header_is_more_than_refused(value: str) -> None:
    try:
        checksum = protocol.parse_checksum({"upload-checksum": value})
    except Invalid:
        return
    assert checksum is not None
    assert len(checksum.digest) == hashlib.new(checksum.algorithm).digest_size


def test_tuspy_sends_with_checksums(intake: Intake, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(CONTENT)
    uploader = TusClient(f"{intake.url}/files/").uploader(str(file), chunk_size=4000, upload_checksum=True)
    uploader.upload()
    with database.as_role("console") as conn:
        assert conn.execute("SELECT bytes FROM media").fetchall() == [(len(CONTENT),)]
