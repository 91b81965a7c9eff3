"""Runs `tipline up` for real, and keeps hold of what it starts."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

from tests.waiting import eventually

UP = "from tipline.cli import main; main()"
PATIENCE = 90.0  # seconds, on a machine where everybody tests at once


@dataclass
class Running:
    """One `tipline up` and everything it said."""

    data: Path
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def note(self) -> dict[str, Any]:
        return dict(json.loads((self.data / "run" / "instance.json").read_text()))

    def pid(self, name: str) -> int:
        return int(self.note["pids"][name])

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def is_ready(self, door: str) -> bool:
        port = self.note["addresses"][f"{door}_port"]
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


def listen(pipe: Any, lines: list[str]) -> None:
    threading.Thread(target=lambda: lines.extend(iter(pipe.readline, "")), daemon=True).start()


Start = Callable[..., Running]


@contextmanager
def started(data: Path, **environment: str) -> Iterator[Running]:
    """Start it on free ports, and end it whatever happens."""
    ports = ("--intake-port", "0", "--console-port", "0")
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", UP, "up", "--data", str(data), *ports],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    running = Running(data, process)
    listen(process.stdout, running.said)
    listen(process.stderr, running.told)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.end()
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def is_up(running: Running) -> bool:
    assert running.process.poll() is None, "".join(running.told)
    return len(running.said) >= 3


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One instance for a whole module."""
    with started(tmp_path_factory.mktemp("up") / "var") as running:
        eventually(lambda: is_up(running), "it says where it is")
        yield running
