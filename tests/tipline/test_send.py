"""`tipline send` against a running door: what it prints, what it survives, what it leaves."""

import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar
from uuid import UUID

import httpx
import pytest

from evidence.errors import Unavailable
from tests.conftest import Database
from tests.intake.conftest import Intake, NewIntake
from tests.waiting import eventually
from tipline.send import Sender, SendState

# What a shell puts into the background ignores Ctrl-C, and so would all that we start there.
PYTHON = ("env", "--default-signal=INT", sys.executable)
COMMAND = "import sys; from tipline.cli.send import send; send.main(sys.argv[1:], prog_name='send')"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def clips(tmp_path: Path) -> dict[str, bytes]:
    contents = {"street.mp4": secrets.token_bytes(40_000_000), "short.mp4": b"!", "door.jpg": b"jpeg"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return contents


def begin(home: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PYTHON, "-c", COMMAND, *arguments],
        env={"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def begin_and_be_heard(intake: Intake, home: Path, path: str, *more: str) -> subprocess.Popen[str]:
    """Begin to send a file, and wait until the door has some of it."""
    sending = begin(home, path, "--to", intake.url, *more)
    eventually(lambda: any(file.stat().st_size for file in intake.spool.root.glob("*.bytes")))
    return sending


def run(home: Path, *arguments: str) -> tuple[int, str, str]:
    process = begin(home, *arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def media(database: Database) -> list[tuple[int, UUID]]:
    with database.as_admin() as conn:
        return conn.execute("SELECT bytes, upload_id FROM media ORDER BY bytes").fetchall()


def test_it_sends_files_as_one_tip(
    intake: Intake,
    database: Database,
    home: Path,
    tmp_path: Path,
    clips: dict[str, bytes],
) -> None:
    paths = [str(tmp_path / name) for name in clips]
    code, out, err = run(home, *paths, "--to", intake.url, "--message", "a van", "--json")
    assert code == 0, err
    said = json.loads(out)
    assert len(said["receipt"].split()) == 9
    assert said["receipt"] in err
    assert said["files"] == [
        {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in clips.items()
    ]
    sent = {intake.spool.bytes_path(row[1]).read_bytes() for row in media(database)}
    assert sent == set(clips.values())
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(DISTINCT tip_id) FROM media").fetchone() == (1,)
    assert not list((home / "tipline" / "send").iterdir())


def test_killed_and_run_again_it_goes_on_under_the_same_receipt(
    intake: Intake,
    database: Database,
    home: Path,
    tmp_path: Path,
    clips: dict[str, bytes],
) -> None:
    path = str(tmp_path / "street.mp4")
    first = begin_and_be_heard(intake, home, path, "--json")
    first.send_signal(signal.SIGKILL)
    receipt = first.communicate()[1]
    kept = list((home / "tipline" / "send").glob("*.json"))
    assert [file.stat().st_mode & 0o777 for file in kept] == [0o600]
    code, out, err = run(home, path, "--to", intake.url, "--json")
    assert code == 0, err
    assert json.loads(out)["receipt"] in receipt
    assert [size for size, _ in media(database)] == [len(clips["street.mp4"])]
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM tip").fetchone() == (1,)
        assert conn.execute("SELECT count(*) FROM upload").fetchone() == (1,)
    assert not list((home / "tipline" / "send").iterdir())


def test_interrupted_it_says_how_to_go_on_and_does(
    intake: Intake,
    database: Database,
    home: Path,
    tmp_path: Path,
    clips: dict[str, bytes],
) -> None:
    path = str(tmp_path / "street.mp4")
    first = begin_and_be_heard(intake, home, path)
    first.send_signal(signal.SIGINT)
    _, err = first.communicate(timeout=60)
    assert first.returncode == 130
    assert "Run the same command again: it goes on from here." in err
    assert "Aborted" not in err
    code, _, err = run(home, path, "--to", intake.url)
    assert code == 0, err
    assert [size for size, _ in media(database)] == [len(clips["street.mp4"])]
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM upload").fetchone() == (1,)


def test_interrupted_while_it_is_loaded_it_shows_no_traceback(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"a")
    whole = "from tipline.cli import main; main()"
    arguments = ("send", str(tmp_path / "a.mp4"), "--to", "http://127.0.0.1:9")
    with subprocess.Popen(
        # Python tells of each module once it is loaded.
        [*PYTHON, "-X", "importtime", "-c", whole, *arguments],
        env={"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(home)},
        stderr=subprocess.PIPE,
        text=True,
    ) as loading:
        assert loading.stderr is not None
        while not loading.stderr.readline().endswith(" click.core\n"):
            pass
        loading.send_signal(signal.SIGINT)
        _, rest = loading.communicate(timeout=60)
    assert loading.returncode == 130
    assert "Traceback" not in rest


@pytest.mark.parametrize("told_by", ["port", "address"])
def test_without_an_address_it_sends_where_the_environment_says(
    intake: Intake, database: Database, home: Path, tmp_path: Path, told_by: str
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"jpeg")
    told = {
        # An address is the whole of it, whatever else is set.
        "port": {"TIPLINE_INTAKE_PORT": str(intake.port), "TIPLINE_HOST": "0.0.0.0"},
        "address": {"TIPLINE_INTAKE_PORT": "9", "TIPLINE_INTAKE_URL": intake.url},
    }
    process = begin(home, str(tmp_path / "a.jpg"), **told[told_by])
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert f"Sending to {intake.url}" in err
    assert [size for size, _ in media(database)] == [4]


def test_it_outlasts_a_restart_of_the_server(
    intake: Intake,
    database: Database,
    home: Path,
    tmp_path: Path,
    clips: dict[str, bytes],
) -> None:
    sending = begin_and_be_heard(intake, home, str(tmp_path / "street.mp4"), "--json")
    intake.stop(signal.SIGKILL)
    intake.start()
    out, err = sending.communicate(timeout=120)
    assert sending.returncode == 0, err
    assert json.loads(out)["files"][0]["bytes"] == len(clips["street.mp4"])
    [(_, upload_id)] = media(database)
    assert intake.spool.bytes_path(upload_id).read_bytes() == clips["street.mp4"]


def test_an_upload_that_ended_meanwhile_begins_anew_under_the_same_tip(
    intake: Intake,
    database: Database,
    home: Path,
    tmp_path: Path,
    clips: dict[str, bytes],
) -> None:
    path = str(tmp_path / "street.mp4")
    first = begin(home, path, "--to", intake.url)
    eventually(lambda: list(intake.spool.root.glob("*.sidecar")))
    first.send_signal(signal.SIGKILL)
    first.communicate()
    for file in intake.spool.root.iterdir():
        file.unlink()
    code, _, err = run(home, path, "--to", intake.url)
    assert code == 0, err
    assert [size for size, _ in media(database)] == [len(clips["street.mp4"])]


def test_a_refusal_is_said_in_a_sentence(
    new_intake: NewIntake,
    home: Path,
    tmp_path: Path,
    clips: dict[str, bytes],
) -> None:
    with new_intake(TIPLINE_MAX_FILE_BYTES="1000") as door:
        code, _, err = run(home, str(tmp_path / "street.mp4"), "--to", door.url)
    assert code != 0
    assert "1 kB is the most" in err


def test_a_server_that_is_away_is_said_after_the_patience(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"a")
    code, _, err = run(home, str(tmp_path / "a.mp4"), "--to", "http://127.0.0.1:9", "--patience", "0.2")
    assert code != 0
    assert "Run the same command again" in err


def test_a_network_that_died_without_a_word_is_not_waited_for(home: Path, tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"a")
    state = SendState.load_or_new(home, "http://x", "", [tmp_path / "a.mp4"]).opened("words", "token")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nowhere = replace(state, server=f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(Unavailable, match="Run the same command again"):
            Sender(nowhere, 0.3, lambda *_: None).send(0)


def test_an_empty_file_is_refused_before_anything_is_sent(
    intake: Intake, database: Database, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty.mp4").touch()
    code, _, err = run(home, str(tmp_path / "empty.mp4"), "--to", intake.url)
    assert code != 0
    assert "empty.mp4 is empty; nothing was sent." in err
    assert media(database) == []


def test_in_a_flood_it_proves_its_work_for_the_tip_and_for_files_over_the_limit(
    new_intake: NewIntake, database: Database, home: Path, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in ("a.jpg", "b.jpg", "c.jpg")]
    for path in paths:
        path.write_bytes(path.name.encode())
    limits = {"TIPLINE_PROOF_OF_WORK": "always", "TIPLINE_CLIENT_UPLOADS_PER_HOUR": "1"}
    with new_intake(**limits, TIPLINE_PROOF_BITS="2") as door:
        code, _, err = run(home, *map(str, paths), "--to", door.url)
    assert code == 0, err
    assert [size for size, _ in media(database)] == [5, 5, 5]
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM tip").fetchone() == (1,)


def test_a_server_without_room_is_said_in_its_own_words_and_waited_for(
    new_intake: NewIntake, database: Database, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"jpeg")
    with new_intake(TIPLINE_SPOOL_RESERVE_BYTES=str(10**18)) as door:
        code, _, err = run(home, str(path), "--to", door.url, "--patience", "0.5")
        assert code != 0
        assert "There is no room" in err
        assert "Run the same command again" in err
        waiting = begin(home, str(path), "--to", door.url)
        door.stop()
        door.environment["TIPLINE_SPOOL_RESERVE_BYTES"] = "0"
        door.start()
        assert waiting.wait(120) == 0
        waiting.communicate()
    assert [size for size, _ in media(database)] == [4]
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM tip").fetchone() == (1,), "both runs were one sending"


def test_a_limit_without_a_way_through_is_said_with_how_long(
    new_intake: NewIntake, home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"jpeg")
    limits = {"TIPLINE_PROOF_OF_WORK": "off", "TIPLINE_CLIENT_TIPS_PER_HOUR": "1"}
    with new_intake(**limits) as door:
        assert run(home, str(path), "--to", door.url)[0] == 0
        code, _, err = run(home, str(path), "--to", door.url)
    assert code != 0
    assert "Wait 60 minutes" in err


class Between(BaseHTTPRequestHandler):
    """Stands before the door as a bad network does: the first answer to each POST never gets through.

    With `crowded` it is a proxy with a limit of its own, and refuses that first one.
    """

    door = ""
    asked: ClassVar[list[str]] = []
    crowded = False

    def do_POST(self) -> None:
        self._pass_on()

    def do_PATCH(self) -> None:
        self._pass_on()

    def do_HEAD(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = f"{self.command} {self.path}"
        self.asked.append(asked)
        first = self.command == "POST" and self.asked.count(asked) == 1
        if first and self.crowded:
            self.send_response(429)
            self.send_header("Retry-After", "1")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        answer = httpx.request(self.command, self.door + self.path, headers=dict(self.headers), content=body)
        if first:
            assert answer.status_code == 201, "the door did it"
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("crowded", [False, True], ids=["lost", "crowded"])
def test_what_is_asked_twice_is_made_once(
    intake: Intake, database: Database, home: Path, tmp_path: Path, clips: dict[str, bytes], crowded: bool
) -> None:
    between = type("Stranger", (Between,), {"door": intake.url, "asked": [], "crowded": crowded})
    with ThreadingHTTPServer(("127.0.0.1", 0), between) as proxy:
        Thread(target=proxy.serve_forever, daemon=True).start()
        server = f"http://127.0.0.1:{proxy.server_port}"
        code, _, err = run(home, str(tmp_path / "short.mp4"), "--to", server, "--json")
        proxy.shutdown()
    assert code == 0, err
    assert between.asked.count("POST /tips") == between.asked.count("POST /files/") == 2
    with database.as_admin() as conn:
        assert conn.execute("SELECT count(*) FROM tip").fetchone() == (1,)
        assert conn.execute("SELECT count(*) FROM upload").fetchone() == (1,)
    assert [size for size, _ in media(database)] == [1]


def test_keys_are_on_the_disk_before_they_are_used_and_forgotten_after(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"a")
    state = SendState.load_or_new(tmp_path / "cache", "http://x", "", [tmp_path / "a.mp4"]).begun()
    again = SendState.load_or_new(tmp_path / "cache", "http://x", "", [tmp_path / "a.mp4"])
    assert (again.key, again.files) == (state.key, state.files)
    over = again.opened("words", "token").with_file(0, url="http://x/files/y")
    assert (over.key, over.files[0].key) == ("", "")
    anew = over.with_file(0)
    assert anew.files[0].key not in ("", state.files[0].key)
