"""The children under supervision: started, started again when they die, and ended together.

A child that dies is started again after half a second, then after one, two, four ... up to thirty; one that
lived a minute begins anew. Whoever is noted in the roll but not ended by us (we were killed -9, and the
kernel was too) is swept away by the next start. A disk without room, or a machine that cannot fork for a
moment, ends nobody: it is told, and tried again.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tipline.up.launch import Program, launch
from tipline.up.processes import Identity, end_session, identity_of

_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0  # seconds
_LIVED_WELL = 60.0  # seconds


def _nothing() -> None:
    """Most children need nothing done before they are started again."""


@dataclass
class Child:
    """One program and the process that runs it at the moment, if any."""

    program: Program
    before_start: Callable[[], None] = _nothing
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    start_again_at: float | None = None

    @property
    def alive(self) -> bool:
        """Whether its process runs; one that has ended stays unreaped until `Crew.tend` sees to it."""
        return self.process is not None and _ended(self.process) is None

    def start(self) -> None:
        """Start it."""
        self.before_start()
        self.process = launch(self.program)
        self.started_at, self.start_again_at = time.monotonic(), None

    def bury(self) -> str:
        """Reap a process that has ended, end what it left behind, and say how it died."""
        assert self.process is not None  # noqa: S101 (only for a child that was started)
        # Not yet reaped, it still holds its number: the group can be nobody else's.
        _kill_group(self.process.pid)
        code = self.process.wait()
        self.process = None
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"

    def put_off(self) -> float:
        """Decide when to start again after a death; return the delay in seconds."""
        self.deaths = 0 if time.monotonic() - self.started_at > _LIVED_WELL else self.deaths
        delay = min(_LONGEST_DELAY, _FIRST_DELAY * 2.0**self.deaths)
        self.deaths += 1
        self.start_again_at = time.monotonic() + delay
        return delay


@dataclass
class Crew:
    """All children, in the order of their start. `roll` is a file; `tell` prints a line for the operator."""

    roll: Path
    tell: Callable[[str], None]
    children: list[Child] = field(default_factory=list)

    def start(self, program: Program, before_start: Callable[[], None] = _nothing) -> Child:
        """Start a new child."""
        child = Child(program, before_start)
        self.children.append(child)
        child.start()
        self._call_roll()
        return child

    def tend(self) -> float | None:
        """Bury who has died, start again whose time has come; return the seconds until the next is due."""
        for child in self.children:
            if child.process is not None and not child.alive:
                how, delay = child.bury(), child.put_off()
                log = f" Its log is {child.program.log}." if child.program.log else ""
                self.tell(f"{child.program.name} {how}; starting it again in {delay:g} s.{log}")
            if child.start_again_at is not None and time.monotonic() >= child.start_again_at:
                self._start_again(child)
        due = [child.start_again_at for child in self.children if child.start_again_at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def stop(self, children: Sequence[Child], how: signal.Signals, patience: float) -> None:
        """End these children together; after `patience` seconds, by force."""
        running = [child.process for child in children if child.process is not None]
        for process in running:
            if process.poll() is None:
                process.send_signal(how)
        until = time.monotonic() + patience
        for process in running:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for child in children:
            child.process, child.start_again_at = None, None
        self._call_roll()

    def _start_again(self, child: Child) -> None:
        try:
            child.start()
        except (OSError, subprocess.SubprocessError) as error:
            delay = child.put_off()
            self.tell(f"{child.program.name} could not be started ({error}); trying again in {delay:g} s.")
        self._call_roll()

    def _call_roll(self) -> None:
        lines = [
            {"name": child.program.name, "pid": who.pid, "started": who.started, "by": child.program.dies_by}
            for child in self.children
            if child.process is not None and (who := identity_of(child.process.pid))
        ]
        draft = self.roll.with_suffix(".new")
        try:
            draft.write_text(json.dumps(lines))
            draft.rename(self.roll)
        except OSError as error:
            self.tell(f"who runs now could not be noted: {error}.")


def sweep(roll: Path) -> list[str]:
    """End whoever an earlier supervisor left behind; return their names."""
    if not roll.exists():
        return []
    left = [
        (line, leader)
        for line in json.loads(roll.read_text())
        if (leader := Identity(line["pid"], line["started"])).alive
    ]
    for line, leader in left:
        end_session(leader, signal.Signals(line["by"]))
    roll.unlink()
    return [line["name"] for line, _ in left]


def _ended(process: subprocess.Popen[bytes]) -> object | None:
    """Look whether a child has ended, and leave it unreaped."""
    if process.returncode is not None:
        return process.returncode
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # nobody but the dead leader is left
