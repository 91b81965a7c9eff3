"""A running installation and the people who use it, as they would: by command line, client and browser."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
TIPLINE = str(Path(sys.executable).parent / "tipline")
_START_SECONDS, _STOP_SECONDS = 120, 30

_Found = TypeVar("_Found")


@dataclass
class Town:
    """One `tipline up` on a data directory of its own."""

    data: Path
    process: subprocess.Popen[str]
    public_url: str
    console_url: str
    signin_link: str

    def tipline(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the operator's against this installation."""
        return run_tipline(*words, data=self.data, check=check)

    def tips(self) -> list[dict[str, Any]]:
        """`tipline tips --json`."""
        listed: list[dict[str, Any]] = json.loads(self.tipline("tips", "--json").stdout)
        return listed

    def show(self, tip: str) -> dict[str, Any]:
        """`tipline show TIP --json`."""
        shown: dict[str, Any] = json.loads(self.tipline("show", tip, "--json").stdout)
        return shown

    def link_for(self, name: str, role: str) -> str:
        """A single-use sign-in link for one of the staff."""
        return self.tipline("signin", name, "--role", role).stdout.strip()

    def note(self) -> dict[str, Any]:
        """What the supervisor notes of itself: processes, addresses."""
        noted: dict[str, Any] = json.loads((self.data / "run/instance.json").read_text())
        return noted

    def pids(self) -> dict[str, int]:
        """The processes that run now, by name."""
        pids: dict[str, int] = self.note()["pids"]
        return pids

    def kill(self, name: str) -> None:
        """Kill -9 one process, and wait until the supervisor has put another in its place."""
        before = self.pids()[name]
        os.kill(before, signal.SIGKILL)
        eventually(lambda: self.pids().get(name, before) != before, what=f"a new {name}")

    def wait_settled(self, files: int = 1) -> dict[str, Any]:
        """Wait until the newest tip has `files` media and nothing more is to be made of them; return it."""

        def settled() -> dict[str, Any] | None:
            # A database that was just killed answers nothing for a moment.
            listed = self.tipline("tips", "--json", check=False)
            tips = json.loads(listed.stdout) if listed.returncode == 0 else []
            if not tips or len(tips[0]["media"]) != files:
                return None
            told = self.tipline("show", tips[0]["id"], "--json", check=False)
            tip: dict[str, Any] = json.loads(told.stdout) if told.returncode == 0 else {"media": []}
            over = [m for m in tip["media"] if m["stage"] == "done" or m["state"] == "quarantined"]
            return tip if len(over) == files else None

        return eventually(settled, what="the pipeline's end")

    def stop(self) -> None:
        """Ctrl-C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(_STOP_SECONDS)


def run_tipline(*words: str, data: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `tipline WORDS` with TIPLINE_DATA set; raises with its words where it fails."""
    done = subprocess.run(
        [TIPLINE, *words], cwd=ROOT, env={**os.environ, "TIPLINE_DATA": str(data)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, f"tipline {' '.join(words)}: {done.stdout}{done.stderr}"
    return done


@contextmanager
def running_town(
    data: Path, settings: Mapping[str, str] | None = None, through: Sequence[str] = ()
) -> Iterator[Town]:
    """Start an installation on free ports, wait for its three lines, and stop it at the end.

    `through` is a command that becomes the one it is given, such as `unshare`.
    """
    log = (data.parent / f"{data.name}-up.log").open("a")
    process = subprocess.Popen(
        [*through, TIPLINE, "up", "--data", str(data), "--intake-port", "0", "--console-port", "0"],
        cwd=ROOT, env={**os.environ, **(settings or {})}, stdout=subprocess.PIPE, stderr=log, text=True,
    )  # fmt: skip
    try:
        words = [line.split()[-1] for line in _first_lines(process, 3)]
        town = Town(data, process, words[0].rstrip("/"), words[1].rstrip("/"), words[2])
        yield town
        town.stop()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(_STOP_SECONDS)
        log.close()


def _first_lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    too_late = threading.Timer(_START_SECONDS, process.terminate)
    too_late.start()
    try:
        lines = [process.stdout.readline() for _ in range(count)]
    finally:
        too_late.cancel()
    assert all(lines), f"tipline up ended with {process.wait()} before it was ready"
    return lines
