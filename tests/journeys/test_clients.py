"""Other people's clients, which know nothing of tips: each is killed, resumes, and its bytes arrive equal."""

import hashlib
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
CLIENTS = {
    "tuspy": [sys.executable, str(HERE / "send_with_tuspy.py")],
    "tus-js-client": ["node", str(HERE / "send_with_tus_js.mjs")],
}


def sending(client: str, town: Town, file: Path, store: Path) -> subprocess.Popen[str]:
    command = [*CLIENTS[client], f"{town.public_url}/files/", str(file), str(store)]
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

    sha256 = hashlib.sha256(content).hexdigest()

    def sealed() -> list[dict[str, Any]]:
        return [media for tip in town.tips() for media in tip["media"] if media["sha256"] == sha256]

    found = eventually(sealed, what="the sealed original")
    assert [media["bytes"] for media in found] == [LENGTH]
