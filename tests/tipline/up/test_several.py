"""The public door as three processes: one port, one spool, and nobody turned away when one of them ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest
from click.testing import CliRunner
from nacl.public import PrivateKey

from evidence.confine import supported
from evidence.errors import SettingsError
from tests.conftest import Database
from tests.intake.conftest import environment_of
from tests.waiting import eventually
from tipline.up.command import up
from tipline.up.listening import listening_on, only_address
from tipline.up.ports import free_ports, is_free

from .conftest import UP, Running, is_up, started

THREE = ("intake", "intake-2", "intake-3")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One instance for the whole module, which at its end is to leave nobody behind."""
    with started(tmp_path_factory.mktemp("up") / "var", TIPLINE_INTAKE_PROCESSES="3") as running:
        eventually(lambda: is_up(running), "it is up")
        yield running
        port, family = listening_at(running), running.family()
        assert running.end() == 0
        assert [process for process in family if process.is_running()] == []
        assert is_free(port)


def alive(port: int) -> bool:
    """Whether somebody answers. A line may be cut with the process that had it; none may be refused."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
            return bool(answer.status == 200)
    except ConnectionResetError:  # a disconnection without an answer is one, too
        return alive(port)
    except URLError as cut:
        if isinstance(cut.reason, ConnectionResetError):
            return alive(port)
        raise


def listening_at(running: Running) -> int:
    return int(running.note["addresses"]["intake_port"])


def inode_of_socket(pid: int, port: int) -> set[str]:
    """Which listening sockets a process holds on the port: the same file, whatever its number."""
    table = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in table]
    listening = {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    held = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # a file that it had open for a moment
            held.add(os.readlink(link))
    return {inode for inode in listening if f"socket:[{inode}]" in held}


def started_anew(running: Running, name: str, before: int) -> bool:
    return bool(running.note["pids"].get(name, before) != before)


def test_one_port_is_told_and_the_supervisor_holds_it_for_all(three: Running) -> None:
    assert len(three.said) == 3
    assert set(THREE) < set(three.note["pids"])
    port = listening_at(three)
    supervisors = inode_of_socket(three.process.pid, port)
    assert len(supervisors) == 1
    for name in THREE:
        assert (three.data / "log" / f"{name}.log").exists()
        if os.geteuid() == 0:  # nobody else looks into a process that has shut itself in
            assert inode_of_socket(three.pid(name), port) == supervisors


def test_nobody_is_refused_while_one_after_the_other_is_started_anew(three: Running) -> None:
    """A rolling restart, as docs/operations.md tells it; and one that is killed."""
    port = listening_at(three)
    for name, how in zip(THREE, (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL), strict=True):
        before = three.pid(name)
        os.kill(before, how)
        assert all(alive(port) for _ in range(10))
        eventually(partial(started_anew, three, name, before), "a new one")
        assert alive(port)


def test_a_disk_without_room_ends_nobody(three: Running) -> None:
    """Who runs cannot be noted then; a process that dies is started anew all the same, and noted later."""
    draft = three.data / "run" / "instance.new"
    draft.mkdir()  # stands in for a full disk: nothing can be written there
    before = three.pid("intake-2")
    dead = psutil.Process(before)
    children = psutil.Process(three.process.pid).children
    count = len(children())
    dead.kill()
    eventually(lambda: dead not in children() and len(children()) == count, "a new one, not noted")
    assert alive(listening_at(three))
    assert three.pid("intake-2") == before
    draft.rmdir()
    eventually(partial(started_anew, three, "intake-2", before), "it is noted")


def test_a_port_that_is_taken_is_refused_in_a_sentence(three: Running, tmp_path: Path) -> None:
    port = str(listening_at(three))
    refused = subprocess.run(
        [sys.executable, "-c", UP, "up", "--data", str(tmp_path), "--intake-port", port],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert f"Port {port} is not to be had on 127.0.0.1: Address already in use." in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("option", ["--intake-port", "--console-port"])
def test_a_port_that_there_cannot_be_is_refused_in_a_sentence(option: str, tmp_path: Path) -> None:
    refused = CliRunner().invoke(up, ["--data", str(tmp_path / "var"), option, "65536"])
    assert refused.exit_code == 2
    assert "65536 is not in the range 0<=x<=65535" in refused.output
    assert not (tmp_path / "var").exists()


def test_a_name_of_several_addresses_is_refused_with_what_it_means() -> None:
    with pytest.raises(SettingsError, match=r"localhost is 127\.0\.0\.1 and ::1 here"):
        only_address("localhost", ["127.0.0.1", "::1"])
    with listening_on("127.0.0.1", 0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"


def test_a_host_that_is_not_ours_is_refused_in_a_sentence() -> None:
    with (
        pytest.raises(SettingsError, match=r"Port 8055 is not to be had on 192\.0\.2\.1"),
        listening_on("192.0.2.1", 8055),
    ):
        pass


_BIND = """
import os, socket, sys
from tipline.run.intake import enter
listening = socket.socket(fileno=enter(os.environ).listen_fd)
listening.listen()
try:
    socket.socket().bind(("127.0.0.1", int(sys.argv[1])))
except PermissionError:
    print("barred")
"""


@pytest.mark.skipif(not supported().tcp, reason="Landlock before ABI 4 knows no ports")
def test_a_process_that_inherits_its_socket_binds_no_port_of_its_own(
    database: Database, spool_dir: Path, agency_key: PrivateKey
) -> None:
    other = free_ports(["other"])["other"]
    with listening_on("127.0.0.1", 0) as listening:
        fd = listening.fileno()
        told = {**environment_of(database, spool_dir, agency_key), "TIPLINE_LISTEN_FD": str(fd)}
        tried = subprocess.run(
            [sys.executable, "-c", _BIND, str(other)],
            env=told,
            pass_fds=[fd],
            capture_output=True,
            check=True,
        )
    assert tried.stdout == b"barred\n"


@contextmanager
def in_a_container(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """The command of `compose.yaml`, without `tipline up` around it."""
    command = [sys.executable, "-m", "tipline.run.intake"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_in_a_container_the_first_process_keeps_the_others_running(
    database: Database, spool_dir: Path, agency_key: PrivateKey
) -> None:
    port = free_ports(["intake"])["intake"]
    environment = {
        **environment_of(database, spool_dir, agency_key),
        "TIPLINE_INTAKE_PORT": str(port),
        "TIPLINE_INTAKE_PROCESSES": "3",
    }
    with in_a_container(environment) as first:
        serving = psutil.Process(first.pid).children
        eventually(lambda: not is_free(port) and len(serving()) == 3, "three serve")
        before = serving()
        assert alive(port)
        before[0].kill()
        assert all(alive(port) for _ in range(10))
        eventually(lambda: len(serving()) == 3 and before[0] not in serving(), "three serve again")
        again = serving()
        first.terminate()
        assert first.wait(30) == 0
        assert not [process for process in again if process.is_running()]
        assert is_free(port)


def test_in_a_container_a_setting_that_is_wrong_is_told_in_a_sentence() -> None:
    with in_a_container({"PATH": os.environ["PATH"], "TIPLINE_INTAKE_PROCESSES": "none"}) as first:
        assert first.wait(60) == 1
        assert first.stderr is not None
        assert first.stderr.read().startswith("tipline: ")
