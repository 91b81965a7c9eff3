"""Each of the five processes dies by kill -9, in mid-upload and mid-pipeline: nothing is lost."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from tusclient.uploader import Uploader

from tests.journeys.town import Town
from tests.waiting import eventually

PROCESSES = ["postgres", "store", "intake", "console", "worker"]
CHUNK = 256 * 1024


def go_on(uploader: Uploader, acknowledged: int) -> None:
    """Ask for the offset as any client would after a failure; what was acknowledged must still be there."""
    if uploader.url is None:  # its creation was not answered: it is asked for once more
        eventually(lambda: answers(uploader.client.url), what="the door's answer")
        return

    def offset() -> int | None:
        try:
            return int(uploader.get_offset())
        except (TusCommunicationError, requests.RequestException):
            return None

    found = eventually(lambda: (offset() or -1) + 1, what="the door's answer") - 1
    assert found >= acknowledged
    uploader.offset = found


def answers(url: str) -> bool:
    """Whether anybody answers there."""
    try:
        return requests.options(url, timeout=5).ok
    except requests.RequestException:
        return False


def upload(town: Town, clip: Path, at: int | None, victim: str) -> None:
    """Upload in small chunks; once `at` bytes are acknowledged, kill `victim`."""
    files = f"{town.public_url}/files/"
    # A door that another test killed may not be open again yet; this one is about uploads that had begun.
    eventually(lambda: answers(files), what="the door's opening")
    client = TusClient(files)
    uploader = client.uploader(str(clip), chunk_size=CHUNK, metadata={"filename": "a.mov"})
    size, acknowledged = clip.stat().st_size, 0
    while acknowledged < size:
        if at is not None and acknowledged >= at:
            town.kill(victim)
            at = None
        try:
            uploader.upload_chunk()
            acknowledged = uploader.offset
        except (TusCommunicationError, requests.RequestException):
            go_on(uploader, acknowledged)
            acknowledged = uploader.offset


def assert_arrived_once(town: Town, clip: Path, before: int) -> None:
    tip = town.wait_settled()
    assert len(eventually(town.tips)) == before + 1
    (media,) = tip["media"]
    assert media["state"] == "ready", media
    assert media["sha256"] == hashlib.sha256(clip.read_bytes()).hexdigest()
    shown: dict[str, Any] = town.show(tip["id"])
    kinds = [entry["kind"] for entry in shown["history"]]
    for once in ("received", "sealed", "ready"):
        assert kinds.count(once) == 1, kinds
    copies = [copy["kind"] for copy in shown["media"][0]["derivatives"]]
    assert sorted(copies) == ["playback", "poster", "storyboard", "waveform"]


@pytest.mark.parametrize("victim", PROCESSES)
def test_killed_in_mid_upload(town: Town, short_clip: Path, victim: str) -> None:
    before = len(town.tips())
    upload(town, short_clip, short_clip.stat().st_size // 2, victim)
    assert_arrived_once(town, short_clip, before)


@pytest.mark.parametrize("victim", PROCESSES)
def test_killed_in_mid_pipeline(town: Town, short_clip: Path, victim: str) -> None:
    before = len(town.tips())
    upload(town, short_clip, None, victim)
    town.kill(victim)
    assert_arrived_once(town, short_clip, before)


def test_after_all_of_that_everything_verifies(town: Town) -> None:
    assert "Intact" in town.tipline("verify", "--all").stdout
