"""A real client: tus-js-client in its draft mode, which speaks interop version 6 as 'ietf-draft-05'."""

import json
import secrets
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from evidence.spool import UploadSecret
from tests.conftest import Database
from tests.intake.conftest import Intake
from tests.intake.resumable.client import Draft
from tests.intake.tus.client import Tus

DRIVER = Path(__file__).parent / "drive_tus_js.mjs"
CONTENT = secrets.token_bytes(2_500_000)


def drive(intake: Intake, tmp_path: Path, **options: Any) -> list[dict[str, Any]]:
    """Send the file, and return each request with its answer; the last tells the upload's URL."""
    (tmp_path / "clip.mp4").write_bytes(CONTENT)
    told = {
        "endpoint": f"{intake.url}/files/",
        "protocol": "ietf-draft-05",
        "file": str(tmp_path / "clip.mp4"),
        **options,
    }
    done = subprocess.run(
        ["node", str(DRIVER), json.dumps(told)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def arrived(intake: Intake, url: str) -> bytes:
    upload_id = UploadSecret.from_text(url.rsplit("/", 1)[1]).upload_id
    assert intake.spool.look(upload_id).received, "it is no media"
    return intake.spool.bytes_path(upload_id).read_bytes()


@pytest.mark.parametrize(
    ("options", "requests"),
    [
        pytest.param({}, [("POST", "?0", 201), ("PATCH", "?1", 201)], id="whole"),
        pytest.param(
            # In Node it says of no chunk that it is the last, unless there is only one.
            {"chunkSize": 1_000_000},
            [("POST", "?0", 201)] + [("PATCH", "?0", 204)] * 3,
            id="in chunks",
        ),
        pytest.param({"uploadDataDuringCreation": True}, [("POST", "?1", 201)], id="with its creation"),
        pytest.param(
            {"uploadDataDuringCreation": True, "chunkSize": 1_500_000},
            [("POST", "?0", 201), ("PATCH", "?0", 204)],
            id="in chunks, the first with its creation",
        ),
    ],
)
def test_it_sends_a_file(
    shared_intake: Intake, tmp_path: Path, options: dict[str, Any], requests: list[tuple[str, str, int]]
) -> None:
    *seen, end = drive(shared_intake, tmp_path, **options)
    assert [(one["method"], one["ends"], one["status"]) for one in seen] == requests
    assert {one["version"] for one in seen} == {"6"}
    assert arrived(shared_intake, end["url"]) == CONTENT


def test_it_sends_a_stream_whose_length_nobody_knows(shared_intake: Intake, tmp_path: Path) -> None:
    """Of one that is empty or ends with a chunk it misses the end, in tus as well: that is its own affair."""
    open_ended = {"stream": True, "uploadLengthDeferred": True, "chunkSize": 1_000_000}
    *_, end = drive(shared_intake, tmp_path, **open_ended)
    assert arrived(shared_intake, end["url"]) == CONTENT


def test_it_goes_on_with_what_tus_began(shared_intake: Intake, tmp_path: Path) -> None:
    tus = Tus(shared_intake.url)
    url = tus.create(len(CONTENT))
    tus.patch(url, 0, CONTENT[:1_200_000])
    *seen, _ = drive(shared_intake, tmp_path, uploadUrl=url)
    assert [one["method"] for one in seen] == ["HEAD", "PATCH"]
    assert arrived(shared_intake, url) == CONTENT


def test_in_tus_it_goes_on_with_what_the_draft_began(shared_intake: Intake, tmp_path: Path) -> None:
    draft = Draft(shared_intake.url, 6)
    url = draft.create(len(CONTENT))
    draft.append(url, 0, CONTENT[:1_200_000], "?0")
    *seen, _ = drive(shared_intake, tmp_path, uploadUrl=url, protocol="tus-v1")
    assert [one["method"] for one in seen] == ["HEAD", "PATCH"]
    assert arrived(shared_intake, url) == CONTENT


def test_its_metadata_binds_a_file_to_a_tip(intake: Intake, database: Database, tmp_path: Path) -> None:
    token = httpx.post(f"{intake.url}/tips", json={"what": "a van", "language": "en"}).json()["token"]
    for _ in range(2):
        drive(intake, tmp_path, metadata={"filename": "clip.mp4", "filetype": "video/mp4", "tip": token})
    with database.as_admin() as conn:
        tips = conn.execute("SELECT tip_id, count(*) FROM media GROUP BY tip_id").fetchall()
    assert [count for _, count in tips] == [2]
