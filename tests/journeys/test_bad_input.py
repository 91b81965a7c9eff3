"""What is not a good clip: a clear refusal, or a visible quarantine with a reason; never silence."""

import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
import requests

from tests.journeys.town import Town

TUS = {"Tus-Resumable": "1.0.0"}


def sent(town: Town, path: Path) -> dict[str, Any]:
    """Send a file and return its media as `tipline show` tells it, once settled."""
    town.tipline("send", str(path), "--to", town.public_url)
    tip = town.wait_settled()
    media: dict[str, Any] = town.show(tip["id"])["media"][0]
    return media


def truncated(path: Path) -> None:
    """A clip whose recording was cut before the index was written, as by an empty battery."""
    whole = path.with_name("whole.mp4")
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=duration=2",
         "-pix_fmt", "yuv420p", str(whole)],
        check=True,
    )  # fmt: skip
    path.write_bytes(whole.read_bytes()[:-4000])


def test_a_text_named_mp4_is_set_aside_with_a_reason(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_text("This is a shopping list, whatever its name says.\n" * 40)
    media = sent(town, path)
    assert media["state"] == "quarantined"
    assert media["sha256"], "its original is sealed all the same"
    assert media["quarantine"]["code"]
    assert media["quarantine"]["sentence"].endswith(".")


def test_a_truncated_clip_is_set_aside_with_a_reason(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    truncated(path)
    media = sent(town, path)
    assert media["state"] == "quarantined"
    assert media["bytes"] == path.stat().st_size
    assert media["quarantine"]["sentence"].endswith(".")


def test_an_empty_file_is_refused_in_words(town: Town, tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    done = town.tipline("send", str(path), "--to", town.public_url, check=False)
    assert done.returncode != 0
    assert "empty" in done.stderr.lower()


def test_an_empty_upload_by_a_bare_client_is_set_aside_with_a_reason(town: Town) -> None:
    answer = requests.post(f"{town.public_url}/files/", headers={**TUS, "Upload-Length": "0"}, timeout=10)
    assert answer.status_code == 201
    tip = town.wait_settled()
    media = town.show(tip["id"])["media"][0]
    assert (media["state"], media["bytes"]) == ("quarantined", 0)
    assert "empty" in media["quarantine"]["sentence"].lower()


@pytest.mark.parametrize(
    ("length", "status", "code"),
    [("20000000001", 413, "file_too_large"), ("-1", 400, None), ("12x", 400, None)],
)
def test_a_declared_length_that_cannot_be_is_refused(
    town: Town, length: str, status: int, code: str | None
) -> None:
    before = len(town.tips())
    answer = requests.post(f"{town.public_url}/files/", headers={**TUS, "Upload-Length": length}, timeout=10)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert code in (None, problem["code"])
    assert problem["detail"].endswith(".")
    assert len(town.tips()) == before


def test_a_wrong_offset_is_refused_and_changes_nothing(town: Town) -> None:
    created = requests.post(f"{town.public_url}/files/", headers={**TUS, "Upload-Length": "10"}, timeout=10)
    url = requests.compat.urljoin(created.url, created.headers["Location"])
    patch = {**TUS, "Content-Type": "application/offset+octet-stream"}
    refused = requests.patch(url, headers={**patch, "Upload-Offset": "5"}, data=b"12345", timeout=10)
    assert refused.status_code == 409
    assert refused.json()["code"]
    assert requests.head(url, headers=TUS, timeout=10).headers["Upload-Offset"] == "0"
    taken = requests.patch(url, headers={**patch, "Upload-Offset": "0"}, data=b"1234567890", timeout=10)
    assert taken.status_code == 204
    town.wait_settled()
