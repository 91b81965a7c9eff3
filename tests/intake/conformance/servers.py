"""Whom the rows are asked of: a bare URL, our own door, or a server that is started and killed here."""

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import httpx

from evidence.spool import UploadSecret
from tests.intake.conformance.rows import NotAsked
from tests.intake.conftest import ROOT, Intake
from tests.waiting import eventually
from tipline.up.ports import free_ports

# What our door leaves out on purpose; docs/conformance.md says why.
LEFT_OUT = {"checksum.trailer"}
# Small, so that the rows about too much are cheap to ask.
MAX_BYTES = 10_000_000
# Short enough to wait for, and longer than a busy machine keeps anybody silent.
SILENCE_SECONDS = 5


class Server:
    """A tus server of which nothing but its creation URL is known."""

    def __init__(self, endpoint: str, *, silence: float | None = None) -> None:
        self.endpoint = endpoint
        self.silence = silence  # the seconds after which it gives a silent body up, None where nobody said

    @cached_property
    def discovery(self) -> httpx.Headers:
        """What `OPTIONS` tells."""
        return httpx.options(self.endpoint, verify=False, timeout=20).headers

    @cached_property
    def extensions(self) -> tuple[str, ...]:
        """What the server announces."""
        return tuple(filter(None, self.discovery.get("tus-extension", "").replace(" ", "").split(",")))

    @property
    def max_size(self) -> int | None:
        """The most bytes one upload may have, None where it is not told."""
        told = self.discovery.get("tus-max-size")
        return None if told is None else int(told)

    def may_leave_out(self, name: str) -> bool:
        """Whether it is no failure that a row cannot be answered: a stranger announces what it likes."""
        return True

    def require_process(self) -> None:
        """Raise `NotAsked` where there is no process in hand to stop, start and signal."""
        raise NotAsked("needs the server's process")

    def stop(self, number: int) -> None:
        """Send the process a signal that ends it, and wait for its end; raises `NotAsked`."""
        self.require_process()

    def start(self) -> None:
        """Start it again, at the same URL."""
        self.require_process()

    def signal(self, number: int) -> None:
        """Send the process a signal that does not end it."""
        self.require_process()

    def age(self, url: str, by: timedelta) -> None:
        """Make an unfinished upload older than it is."""
        raise NotAsked("needs the server's disk")

    def clean_up(self) -> None:
        """Make the server do at once what it does about expired uploads now and then."""
        raise NotAsked("needs the server's process")

    def kept(self) -> set[str]:
        """Name the files in which it keeps uploads."""
        raise NotAsked("needs the server's disk")


class OurDoor(Server):
    """The public door in a process of its own."""

    def __init__(self, intake: Intake) -> None:
        super().__init__(f"{intake.url}/files/", silence=SILENCE_SECONDS)
        self._intake = intake

    def may_leave_out(self, name: str) -> bool:
        return name in LEFT_OUT

    def require_process(self) -> None:
        assert self._intake.process is not None

    def stop(self, number: int) -> None:
        self._intake.stop(number)

    def start(self) -> None:
        self._intake.start()

    def signal(self, number: int) -> None:
        assert self._intake.process is not None
        self._intake.process.send_signal(number)

    def age(self, url: str, by: timedelta) -> None:
        path = self._intake.spool.bytes_path(UploadSecret.from_text(url.rpartition("/")[2]).upload_id)
        then = path.stat().st_mtime - by.total_seconds()
        os.utime(path, (then, then))

    def clean_up(self) -> None:
        # It looks through the spool as it starts, and every few seconds from then on.
        self.stop(signal.SIGTERM)
        self.start()

    def kept(self) -> set[str]:
        return {path.name for path in self._intake.spool.root.iterdir()}


class Started(Server):
    """Anybody's server, by the command that starts it: `{port}` and `{directory}` in it are filled in."""

    def __init__(self, command: str, directory: Path, log: Path) -> None:
        port = free_ports(["tus"])["tus"]
        super().__init__(f"http://127.0.0.1:{port}/files/")
        self.directory, self._log = directory, log
        self._words = [word.format(port=port, directory=directory) for word in shlex.split(command)]
        self._process: subprocess.Popen[bytes] | None = None

    def require_process(self) -> None:
        assert self._process is not None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._words, cwd=ROOT, stdout=log, stderr=log)
        eventually(self._answers, what="the server's answer")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        try:
            return httpx.options(self.endpoint, verify=False).is_success
        except httpx.TransportError:
            return False

    def stop(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(10)
            self._process = None

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def kept(self) -> set[str]:
        return {path.name for path in self.directory.iterdir()}


class Peer(Started):
    """`bench/peer.mjs`: @tus/server over @tus/file-store."""

    COMMAND = f"bootstrap/with-node node bench/peer.mjs {{port}} {{directory}} {MAX_BYTES}"

    def age(self, url: str, by: timedelta) -> None:
        path = self.directory / f"{url.rpartition('/')[2]}.json"
        noted = json.loads(path.read_text())
        created = datetime.fromisoformat(noted["creation_date"]).astimezone(UTC) - by
        path.write_text(json.dumps({**noted, "creation_date": created.isoformat()}))

    def clean_up(self) -> None:
        raise NotAsked("its README leaves that to its operator")


@contextmanager
def running(server: Started) -> Iterator[Started]:
    """Run a server from here on, and end it."""
    try:
        server.start()
        yield server
    finally:
        server.stop(signal.SIGTERM)
