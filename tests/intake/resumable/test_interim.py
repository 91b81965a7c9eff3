"""104: an upload's address, told before its bytes have to come: on the bare line, and to Node."""

import json
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from evidence.spool import LEAF_BYTES, UploadSecret
from intake.resumable.protocol import VERSIONS
from tests.intake.conftest import Intake
from tests.intake.resumable.client import NO, PART, YES, Draft, head_from
from tests.intake.tus.client import TUS

CLIENT = Path(__file__).parent / "send_by_draft.mjs"
LENGTH = 40_000_000
PAUSE_AT = 3 * LEAF_BYTES + 1000


@pytest.fixture(params=VERSIONS, ids=lambda version: f"interop version {version}")
def draft(request: pytest.FixtureRequest, shared_intake: Intake) -> Draft:
    return Draft(shared_intake.url, request.param)


def test_the_address_comes_before_the_first_byte_is_sent(draft: Draft) -> None:
    said = {"Upload-Complete": YES, "Upload-Length": "6"}
    with draft.half_sent("POST", f"{draft.url}/files/", said, 6, b"") as line:
        status, told = head_from(line)
        assert status.startswith("HTTP/1.1 104 ")
        assert told["upload-draft-interop-version"] == str(draft.version)
        assert told["upload-limit"].startswith("max-size=20000000000, max-age=")
        line.sendall(b"abcdef")
        status, answer = head_from(line)
        assert status == "HTTP/1.1 201 Created"
        assert (answer["location"], answer["upload-complete"]) == (told["location"], YES)
        # The line is still good for another request.
        line.sendall(
            f"HEAD {told['location']} HTTP/1.1\r\nHost: x\r\n"
            f"Upload-Draft-Interop-Version: {draft.version}\r\n\r\n".encode()
        )
        status, looked_at = head_from(line)
        assert status == "HTTP/1.1 204 No Content"
        assert (looked_at["upload-offset"], looked_at["upload-complete"]) == ("6", YES)


def test_what_a_cut_creation_left_is_found_and_finished_at_that_address(draft: Draft) -> None:
    with draft.half_sent("POST", f"{draft.url}/files/", {"Upload-Complete": YES}, 6, b"abc") as line:
        url = f"{draft.url}{head_from(line)[1]['location']}"
        # A newer request than the one that hangs: it is ended, and what it brought is kept.
        offset, complete = draft.standing(url)
        assert offset <= 3
        assert complete == NO
        assert " 423 " in head_from(line)[0]
    assert draft.append(url, offset, b"abcdef"[offset:], YES).status_code == 201
    assert draft.standing(url) == (6, YES)


def test_how_far_it_is_comes_with_every_leaf_that_is_on_the_disk(draft: Draft, shared_intake: Intake) -> None:
    """But the last two, which are settled with the whole."""
    url = draft.create()
    said = {**PART, "Upload-Offset": "0", "Upload-Complete": NO}
    with draft.half_sent("PATCH", url, said, 3 * LEAF_BYTES + 1, bytes(3 * LEAF_BYTES)) as line:
        status, told = head_from(line)
        assert status.startswith("HTTP/1.1 104 ")
        assert told == {
            "upload-draft-interop-version": str(draft.version),
            "upload-offset": str(LEAF_BYTES),
        }
        line.sendall(b"x")
        status, answer = head_from(line)
        assert status == "HTTP/1.1 204 No Content"
        assert answer["upload-offset"] == str(3 * LEAF_BYTES + 1)


@pytest.mark.parametrize(
    ("version", "headers"),
    [
        ("HTTP/1.1", {**TUS, "Upload-Length": "0"}),
        ("HTTP/1.1", {"Upload-Complete": YES}),
        ("HTTP/1.1", {"Upload-Complete": YES, "Upload-Draft-Interop-Version": "7"}),
        ("HTTP/1.0", {"Upload-Complete": YES, "Upload-Draft-Interop-Version": "8"}),
    ],
    ids=["tus", "no version", "another version", "HTTP/1.0"],
)
def test_nobody_else_hears_of_it(shared_intake: Intake, version: str, headers: dict[str, str]) -> None:
    named = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", shared_intake.port), timeout=20) as line:
        line.sendall(f"POST /files/ {version}\r\nHost: x\r\nContent-Length: 0\r\n{named}\r\n".encode())
        assert " 104" not in head_from(line)[0]


class Sender:
    """The client in Node, run once; its STORE outlives it."""

    def __init__(self, intake: Intake, tmp_path: Path, version: int) -> None:
        self.content = secrets.token_bytes(LENGTH)
        (tmp_path / "clip.mp4").write_bytes(self.content)
        self._told = {
            "endpoint": f"{intake.url}/files/",
            "file": str(tmp_path / "clip.mp4"),
            "store": str(tmp_path / "upload"),
            "version": str(version),
        }

    @contextmanager
    def run(self, pause_at: int = 0) -> Iterator[subprocess.Popen[str]]:
        with subprocess.Popen(
            ["node", str(CLIENT), json.dumps({**self._told, "pauseAt": pause_at})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def arrived(self, intake: Intake) -> bool:
        """Whether the upload in STORE is a media, with every byte."""
        url = Path(self._told["store"]).read_text()
        upload_id = UploadSecret.from_text(url.rsplit("/", 1)[1]).upload_id
        same = intake.spool.bytes_path(upload_id).read_bytes() == self.content
        return same and intake.spool.look(upload_id).received


def heard(process: subprocess.Popen[str], until: str | None = None) -> list[Any]:
    """What the client says, up to a word of it or its end."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(json.loads(line))
        if said[-1] == until:
            break
    return said


@pytest.mark.parametrize("version", VERSIONS)
def test_node_hears_where_it_is_and_how_far(shared_intake: Intake, tmp_path: Path, version: int) -> None:
    sender = Sender(shared_intake, tmp_path, version)
    with sender.run() as client:
        first, *progress, last = heard(client)
        assert client.wait(20) == 0
    assert (first["method"], first["status"]) == ("POST", 104)
    assert "offset" not in first
    assert [(one["status"], one["offset"]) for one in progress] == [
        (104, str(leaf * LEAF_BYTES)) for leaf in range(1, LENGTH // LEAF_BYTES - 1)
    ]
    assert (last["status"], last["location"], last["complete"]) == (201, first["location"], YES)
    assert sender.arrived(shared_intake)


def acknowledged(said: list[Any]) -> int:
    """The newest offset that a client heard of while it was sending its first request."""
    interim = [one for one in said if isinstance(one, dict) and one["status"] == 104]
    return max(int(one["offset"]) for one in interim if "offset" in one)


def test_a_client_killed_in_its_first_request_goes_on(shared_intake: Intake, tmp_path: Path) -> None:
    sender = Sender(shared_intake, tmp_path, VERSIONS[-1])
    with sender.run(PAUSE_AT) as client:
        reached = acknowledged(heard(client, "paused"))
        client.send_signal(signal.SIGKILL)
        assert client.wait(20) == -signal.SIGKILL
    with sender.run() as client:
        looked, *_, last = heard(client)
        assert client.wait(20) == 0
    assert (looked["method"], looked["complete"]) == ("HEAD", NO)
    assert int(looked["offset"]) >= reached, "it began again, or lost what was acknowledged"
    assert (last["method"], last["complete"]) == ("PATCH", YES)
    assert sender.arrived(shared_intake)


def test_a_client_whose_server_is_killed_goes_on(intake: Intake, tmp_path: Path) -> None:
    sender = Sender(intake, tmp_path, VERSIONS[-1])
    with sender.run(PAUSE_AT) as client:
        before = heard(client, "paused")
        intake.stop(signal.SIGKILL)
        intake.start()
        after = heard(client)
        assert client.wait(20) == 0
    # What was on the line already is heard after the pause as well.
    answers = [one for one in (*before, *after) if isinstance(one, dict)]
    looked = next(one for one in answers if one["method"] == "HEAD")
    assert int(looked["offset"]) >= acknowledged(answers[: answers.index(looked)])
    assert (answers[-1]["method"], answers[-1]["status"], answers[-1]["complete"]) == ("PATCH", 201, YES)
    assert sender.arrived(intake)
