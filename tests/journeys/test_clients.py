"""Other people's clients, which know nothing of tips: each is killed, resumes, and its bytes arrive equal."""

import hashlib
import json
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.town import Town
from tests.waiting import eventually

HERE = Path(__file__).parent
LENGTH = 50_000_000
CHUNK = 262_144
CLIENTS = {
    "tuspy": [sys.executable, str(HERE / "send_with_tuspy.py")],
    "tus-js-client": ["node", str(HERE / "send_with_tus_js.mjs"), "tus-v1"],
    "tus-js-client in the draft": ["node", str(HERE / "send_with_tus_js.mjs"), "ietf-draft-05"],
}
PARTS = 4


def sending(client: str, town: Town, file: Path, store: Path, *words: str) -> subprocess.Popen[str]:
    command = [*CLIENTS[client], f"{town.public_url}/files/", str(file), str(store), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("client", CLIENTS)
def test_killed_it_resumes_and_every_byte_arrives(client: str, town: Town, tmp_path: Path) -> None:
    content = secrets.token_bytes(LENGTH)
    file, store = tmp_path / "clip.mp4", tmp_path / "urls.json"
    file.write_bytes(content)

    first = sending(client, town, file, store)
    assert first.stdout is not None
    reached = int(first.stdout.readline())
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL, "it was done before it could be killed"
    first.communicate()
    assert 0 < reached < LENGTH

    second = sending(client, town, file, store)
    out, err = second.communicate(timeout=120)
    assert second.returncode == 0, err
    offsets = [int(line) for line in out.split()]
    assert offsets[0] > reached, "it began again from zero"
    assert offsets[-1] == LENGTH

    sealed_once(town, content)


@pytest.mark.parametrize("killed", ["while it sends", "as it is answered"])
def test_sent_in_parts_and_killed_it_arrives_once(killed: str, town: Town, tmp_path: Path) -> None:
    content = secrets.token_bytes(LENGTH)
    file, store = tmp_path / "clip.mp4", tmp_path / "urls.json"
    file.write_bytes(content)

    deaf = killed == "as it is answered"
    first = sending("tus-js-client", town, file, store, str(PARTS), *(["deaf"] if deaf else []))
    if not deaf:
        assert first.stdout is not None
        first.stdout.readline()
        eventually(lambda: remembers_parts(store), what="the note of all parts")
        first.send_signal(signal.SIGKILL)
    early, _ = first.communicate(timeout=120)
    assert first.returncode == -signal.SIGKILL, "it was done before it could be killed"

    second = sending("tus-js-client", town, file, store, str(PARTS))
    late, err = second.communicate(timeout=120)
    assert second.returncode == 0, err
    chunks = len(early.split()) + len(late.split())
    assert chunks < 1.5 * LENGTH / CHUNK, "it began again from zero"
    if deaf:
        assert late == "", "it sent what had arrived"
    sealed_once(town, content)


def remembers_parts(store: Path) -> bool:
    try:
        noted = json.loads(store.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return False
    return any(each.get("parallelUploadUrls") for each in noted.values())


def sealed_once(town: Town, content: bytes) -> None:
    """Wait until the content is a sealed original, and of one media alone; nothing else of it waits."""
    sha256 = hashlib.sha256(content).hexdigest()

    def media() -> list[dict[str, Any]]:
        return [media for tip in town.tips() for media in tip["media"]]

    def all_sealed() -> list[dict[str, Any]]:
        found = media()
        return found if found and all(each["sha256"] for each in found) else []

    found = eventually(all_sealed, what="the sealed original")
    assert [each["bytes"] for each in found if each["sha256"] == sha256] == [LENGTH]
