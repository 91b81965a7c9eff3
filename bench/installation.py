"""A whole installation at work, `tipline up` on a directory of its own, followed through its database."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import psutil

from evidence import ledger
from evidence.db.connect import Connection, connect
from tipline.up.instance import operator_environment
from tipline.up.ports import LOOPBACK, free_ports

_TIPLINE = str(Path(sys.executable).with_name("tipline"))
_START_SECONDS = 120.0
_STOP_SECONDS = 60.0
_PREPARED_SECONDS = 1200.0
_LOOK_SECONDS = 0.05
_TOOLS = {"derived", "fingerprinted"}
"""Entries that say which command lines of media tools were run."""
_Seen = TypeVar("_Seen")


@dataclass(frozen=True)
class Prepared:
    """What became of one file: seconds after its last byte, CPU time, and the commands of its ledger.

    `watchable` is when its first piece could be played, or its first copy.
    """

    watchable: float
    cpu_seconds: float
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Installation:
    """Everything runs on `data`; `worker` is the pipeline's process, `signin` a link into the console."""

    data: Path
    intake: str
    signin: str
    database_url: str
    worker: psutil.Process

    def prepare(self, file: Path) -> Prepared:
        """Send a file as a citizen's program does, and follow it until nothing more is to be made of it."""
        before = cpu_with_children(self.worker)
        self.send(file)
        with connect(self.database_url, autocommit=True) as conn:
            media_id, tip_id = _newest(conn)
            first = until(lambda: _first_watchable(conn, media_id), _PREPARED_SECONDS, "a copy")
            until(lambda: _is_done(conn, media_id), _PREPARED_SECONDS, "the last copy")
            entries = ledger.history(conn, tip_id)
            at = _times(conn, tip_id, "ready")
        return Prepared(
            watchable=(first - at["received"]).total_seconds(),
            cpu_seconds=cpu_with_children(self.worker) - before,
            commands=tuple(str(e.details["command"]) for e in entries if e.kind in _TOOLS),
        )

    def seal(self, file: Path) -> float:
        """Send a file and return the seconds from its last byte to its seal, whatever it is."""
        self.send(file)
        with connect(self.database_url, autocommit=True) as conn:
            tip_id = _newest(conn)[1]
            at = until(lambda: _times(conn, tip_id, "sealed"), _PREPARED_SECONDS, "the seal")
        return (at["sealed"] - at["received"]).total_seconds()

    def port_of(self, name: str) -> int:
        """The port of a door, as the installation has noted it."""
        note = json.loads((self.data / "run" / "instance.json").read_text())
        return int(note["addresses"][f"{name}_port"])

    def pids(self) -> dict[str, int]:
        """The processes that run, by name."""
        pids: dict[str, int] = json.loads((self.data / "run" / "instance.json").read_text())["pids"]
        return pids

    def cpu_seconds(self, name: str) -> float:
        """CPU time that one of the processes has taken so far, without its children's."""
        times = psutil.Process(self.pids()[name]).cpu_times()
        return float(times.user + times.system)

    def signin_again(self) -> str:
        """Another link into the console."""
        argv = [_TIPLINE, "signin", "alice", "--role", "reviewer", "--data", str(self.data)]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()[-1]

    def send(self, *files: Path) -> None:
        """Send files as one tip, and return once all of them have arrived."""
        argv = [_TIPLINE, "send", *map(str, files), "--to", self.intake, "--json"]
        subprocess.run(argv, check=True, capture_output=True)


def cpu_with_children(process: psutil.Process) -> float:
    """CPU time that a process has taken so far, with that of its children that have ended, in seconds."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


@contextmanager
def installed(work: Path) -> Iterator[Installation]:
    """Start everything under `work`, and end it."""
    ports = free_ports(["intake", "console"])
    data, log = work / "installation", work / "up.log"
    argv = [_TIPLINE, "up", "--data", str(data)]
    argv += ["--intake-port", str(ports["intake"]), "--console-port", str(ports["console"])]
    with log.open("wb") as out, subprocess.Popen(argv, stdout=out, stderr=out) as child:
        try:
            until(lambda: b"Sign in" in log.read_bytes(), _START_SECONDS, "the installation")
            worker = next(
                process
                for process in psutil.Process(child.pid).children(recursive=True)
                if "tipline.run.worker" in process.cmdline()
            )
            url = operator_environment(data)["DATABASE_URL"]
            signin = log.read_text().partition("Sign in")[2].split()[-1]
            yield Installation(data, f"http://{LOOPBACK}:{ports['intake']}", signin, url, worker)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(_STOP_SECONDS)


def until(look: Callable[[], _Seen | None], seconds: float, what: str) -> _Seen:
    """Look until something is there. Raises `TimeoutError`."""
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} seconds")
        time.sleep(_LOOK_SECONDS)
    return seen


def _newest(conn: Connection) -> tuple[UUID, UUID]:
    row = conn.execute("SELECT id, tip_id FROM media ORDER BY received_at DESC LIMIT 1").fetchone()
    if row is None:
        raise LookupError("nothing has arrived")
    return row[0], row[1]


def _times(conn: Connection, tip_id: UUID, awaited: str) -> dict[str, datetime]:
    """When each kind of entry came first; empty while the awaited one has not come."""
    at = {entry.kind: entry.at for entry in reversed(ledger.history(conn, tip_id))}
    return at if awaited in at else {}


def _first_watchable(conn: Connection, media_id: UUID) -> datetime | None:
    row = conn.execute(
        "SELECT least((SELECT min(made_at) FROM piece WHERE media_id = %(id)s AND number = 1),"
        " (SELECT min(made_at) FROM derivative WHERE media_id = %(id)s AND kind IN ('playback', 'still')))",
        {"id": media_id},
    ).fetchone()
    return row[0] if row else None


def _is_done(conn: Connection, media_id: UUID) -> bool:
    row = conn.execute("SELECT stage, state FROM media WHERE id = %s", [media_id]).fetchone()
    if row and row[1] == "quarantined":
        raise RuntimeError("the file was set aside")
    return bool(row and row[0] == "done")
