"""Children: how long one waits to be started again, and what a sweep takes."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import eventually
from tipline.up.crew import Child, Crew, sweep
from tipline.up.launch import Program
from tipline.up.processes import Identity, end_session, identity_of

SLEEP = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")


def program(tmp_path: Path, *command: str) -> Program:
    return Program("sleeper", command, tmp_path / "log" / "sleeper.log")


def test_each_death_doubles_the_wait_and_a_good_life_forgives(tmp_path: Path) -> None:
    child = Child(program(tmp_path, *SLEEP), started_at=1e12)
    assert [child.put_off() for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    child.started_at = 0.0
    assert child.put_off() == 0.5


def test_tells_how_a_child_ended_and_starts_it_again(tmp_path: Path) -> None:
    said: list[str] = []
    crew = Crew(tmp_path / "children.json", said.append)
    child = crew.start(program(tmp_path, sys.executable, "-c", "raise SystemExit(3)"))
    eventually(lambda: not child.alive, "it ends")
    due = crew.tend()
    assert said == [
        f"sleeper ended with status 3; starting it again in 0.5 s. Its log is {child.program.log}."
    ]
    assert due is not None
    assert 0 < due <= 0.5
    eventually(lambda: crew.tend() is None or len(said) > 1, "it is started again")
    crew.stop([child], signal.SIGKILL, 0)
    assert json.loads(crew.roll.read_text()) == []


def test_a_disk_without_room_for_the_roll_ends_nobody(tmp_path: Path) -> None:
    said: list[str] = []
    crew = Crew(tmp_path / "children.json", said.append)
    child = crew.start(program(tmp_path, *SLEEP))
    draft = crew.roll.with_suffix(".new")
    draft.mkdir()  # stands in for a full disk: nothing can be written there
    assert child.process
    first = child.process.pid
    child.process.kill()
    eventually(lambda: not child.alive, "it ends")
    eventually(lambda: crew.tend() is None, "it is started again")
    assert child.process.pid != first
    assert said[-1].startswith("who runs now could not be noted: ")
    draft.rmdir()
    crew.stop([child], signal.SIGKILL, 0)
    assert json.loads(crew.roll.read_text()) == []


def test_a_child_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    said: list[str] = []
    gone = tmp_path / "program"
    gone.symlink_to(sys.executable)
    crew = Crew(tmp_path / "children.json", said.append)
    child = crew.start(program(tmp_path, str(gone), *SLEEP[1:]))
    assert child.process
    gone.unlink()
    child.process.kill()
    eventually(lambda: crew.tend() is not None and len(said) == 2, "it cannot be started")
    assert said[1].startswith("sleeper could not be started (")
    gone.symlink_to(sys.executable)
    eventually(lambda: crew.tend() is None and child.alive, "it is started again")
    crew.stop([child], signal.SIGKILL, 0)


def test_what_a_dead_child_left_in_its_session_goes_with_it(tmp_path: Path) -> None:
    leaving = (
        "import subprocess, os; p = subprocess.Popen(['sleep', '600']); print(p.pid, flush=True); os._exit(1)"
    )
    crew = Crew(tmp_path / "children.json", lambda _: None)
    child = crew.start(program(tmp_path, sys.executable, "-c", leaving))
    eventually(lambda: not child.alive, "it ends")
    left = identity_of(int(child.program.log.read_text()))
    assert left
    assert left.alive
    crew.tend()
    eventually(lambda: not left.alive, "its child is ended too")


def test_a_sweep_ends_whoever_an_earlier_run_left_and_nobody_else(tmp_path: Path) -> None:
    left, stranger = (subprocess.Popen(["sleep", "600"], start_new_session=True) for _ in range(2))
    try:
        ours, theirs = identity_of(left.pid), identity_of(stranger.pid)
        assert ours
        assert theirs
        roll = tmp_path / "children.json"
        roll.write_text(
            json.dumps(
                [
                    {"name": "left", "pid": ours.pid, "started": ours.started, "by": 9},
                    # The same number, but another start: somebody else has it by now.
                    {"name": "reused", "pid": theirs.pid, "started": theirs.started - 1, "by": 9},
                ]
            )
        )
        assert sweep(roll) == ["left"]
        assert not ours.alive
        assert theirs.alive
        assert not roll.exists()
    finally:
        for process in (left, stranger):
            process.kill()
            process.wait()


def test_a_session_that_ignores_the_polite_signal_is_ended_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tipline.up.processes._GONE_SECONDS", 0.2)
    deaf = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(600)",
        ],
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    assert deaf.stdout
    deaf.stdout.readline()
    leader = identity_of(deaf.pid)
    assert leader
    end_session(leader, signal.SIGTERM)
    assert deaf.wait(5) == -signal.SIGKILL
    deaf.stdout.close()
    assert not Identity(leader.pid, leader.started).alive
