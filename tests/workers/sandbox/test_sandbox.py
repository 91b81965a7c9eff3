"""The sandbox, from the inside and from the clock's side."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from evidence.errors import Unavailable
from tests.media.making import FFMPEG
from tests.waiting import eventually
from workers.sandbox import proof
from workers.sandbox.child import NOT_CONFINED
from workers.sandbox.launch import Sandbox, ToolStoppedError
from workers.sandbox.order import Limits

LIMITS = Limits(wall_seconds=20, cpu_seconds=10, memory_bytes=2 << 30, file_bytes=1 << 20)
ROOT = Path(__file__).parents[3]
_FOR_EVER = ("-v", "quiet", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=1920x1080", "-f", "null", "-")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "folder").mkdir()
    return tmp_path / "folder"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_text("the one file it was given")
    return path


@pytest.fixture
def with_tests(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The same room with the tests' own package let in, for a tool of theirs."""
    entry = Path(__file__).with_name("entry_with_tests.py")
    monkeypatch.setattr("workers.sandbox.launch._ENTRY", entry)
    return sandbox


def test_a_hostile_tool_reaches_nothing(
    with_tests: Sandbox, source: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the key of everything")
    monkeypatch.setenv("TIPLINE_CHECKPOINT_SIGNING_KEY", "do not inherit me")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        arguments = [str(secret), str(listener.getsockname()[1]), str(folder), str(os.getpid())]
        ended = with_tests.run(
            arguments, module="tests.workers.sandbox.intruder", source=source, folder=folder, limits=LIMITS
        )
    assert ended.ok, ended.complaint
    seen = json.loads(ended.output)
    assert seen["managed"] == []
    assert seen["own file"] == "the one file it was given"
    assert seen["descriptors"] == []
    assert "TIPLINE_CHECKPOINT_SIGNING_KEY" not in seen["environment"]
    assert (folder / "made").read_text() == "here it may write"
    assert secret.read_text() == "the key of everything"


def test_no_tool_can_pretend_that_its_room_was_never_built(
    with_tests: Sandbox, source: Path, folder: Path
) -> None:
    """That costs a file no attempt: one that could say so would be tried again for ever."""
    ended = with_tests.run(
        [str(NOT_CONFINED)], module="tests.workers.sandbox.liar", source=source, folder=folder, limits=LIMITS
    )
    assert ended.status == NOT_CONFINED
    assert ended.complaint == "no room could be built"


def test_the_clock_on_the_wall_kills(sandbox: Sandbox, source: Path, folder: Path) -> None:
    ended = sandbox.run(
        (FFMPEG, *_FOR_EVER), source=source, folder=folder, limits=replace(LIMITS, wall_seconds=1)
    )
    assert ended.out_of_time
    assert not ended.ok
    assert ended.status == -signal.SIGKILL
    assert ended.seconds < 5


def test_the_clock_of_the_processor_kills(sandbox: Sandbox, source: Path, folder: Path) -> None:
    ended = sandbox.run(
        (FFMPEG, *_FOR_EVER), source=source, folder=folder, limits=replace(LIMITS, cpu_seconds=1)
    )
    assert ended.status == -signal.SIGKILL
    assert not ended.out_of_time


def test_a_file_cannot_grow_over_its_limit(sandbox: Sandbox, source: Path, folder: Path) -> None:
    loud = ("-v", "quiet", "-nostdin", "-f", "lavfi", "-i", "testsrc2", "-f", "rawvideo", str(folder / "out"))
    ended = sandbox.run((FFMPEG, *loud), source=source, folder=folder, limits=LIMITS)
    assert not ended.ok
    assert (folder / "out").stat().st_size <= LIMITS.file_bytes


def test_a_tool_is_stopped_when_the_worker_says_so(sandbox: Sandbox, source: Path, folder: Path) -> None:
    with pytest.raises(ToolStoppedError):
        sandbox.run((FFMPEG, *_FOR_EVER), source=source, folder=folder, limits=LIMITS, stop=lambda: True)


def test_a_tool_that_talks_without_end_fills_nothing(sandbox: Sandbox, source: Path, folder: Path) -> None:
    loud = ("-v", "quiet", "-nostdin", "-f", "lavfi", "-i", "testsrc2", "-t", "1", "-f", "rawvideo", "-")
    ended = sandbox.run((FFMPEG, *loud), source=source, folder=folder, limits=LIMITS)
    assert ended.ok
    assert len(ended.output) == 1 << 20


def test_a_tool_dies_with_a_worker_that_was_killed(tmp_path: Path) -> None:
    """kill -9 runs no `finally`: the kernel itself must end the tool."""
    script = f"""
from pathlib import Path
from workers.sandbox.proof import prepare
from workers.sandbox.order import Limits
place = Path({str(tmp_path)!r})
sandbox = prepare("required", place)
print("ready", flush=True)
limits = Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=2 << 30, file_bytes=1 << 20)
sandbox.run({(FFMPEG, *_FOR_EVER)!r}, source=Path({str(tmp_path / "in")!r}), folder=place, limits=limits)
"""
    (tmp_path / "in").touch()
    worker = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"ready\n"
    eventually(lambda: tools_of(worker.pid))
    (tool,) = tools_of(worker.pid)
    worker.kill()
    worker.wait()
    worker.stdout.close()
    eventually(lambda: not Path(f"/proc/{tool}").exists() or _is_zombie(tool))


def tools_of(pid: int) -> list[int]:
    """The children of a process that are ffmpeg by now."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(child) for line in children for child in line.read_text().split()]
    return [
        child for child in found if b"ffmpeg" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")[0]
    ]


def _is_zombie(pid: int) -> bool:
    return ") Z" in Path(f"/proc/{pid}/stat").read_text()


def test_it_works_inside_a_worker_that_is_confined_itself(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from evidence.confine import Confinement, python_runtime, system_libraries
from workers.sandbox.proof import prepare
from workers.sandbox.order import Limits
from workers.inspect.examine import examine
place = Path({str(tmp_path)!r})
runtime = python_runtime()
Confinement(read=runtime, execute=runtime, write=[place]).apply()
sandbox = prepare("required", place)
ended = sandbox.run(({FFMPEG!r}, "-version"), source=place / "in", folder=place,
    limits=Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=2 << 30, file_bytes=1 << 20))
sys.exit(0 if ended.ok else ended.complaint)
"""
    (tmp_path / "in").touch()
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_a_worker_does_not_start_where_nothing_can_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_room = Sandbox(confined=False)
    monkeypatch.setattr(proof, "Sandbox", lambda **_: open_room)
    with pytest.raises(Unavailable, match="TIPLINE_SANDBOX=off") as refused:
        proof.prepare("required", tmp_path)
    assert refused.value.code == "sandbox_unavailable"


def test_off_says_so_loudly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert not proof.prepare("off", tmp_path).confined
    assert "TIPLINE_SANDBOX=off" in caplog.text


def test_several_threads_may_launch_at_once(sandbox: Sandbox, source: Path, folder: Path) -> None:
    ended: list[bool] = []

    def one() -> None:
        ended.append(
            sandbox.run((FFMPEG, "-version"), source=source, folder=folder, limits=LIMITS).ok,
        )

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ended == [True] * 4
