"""The servers under measurement, each one process of its own: our door over a real Postgres, and the peer."""

import base64
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from nacl.public import PrivateKey

from bench.http import Connection
from evidence.confine import die_with_parent
from evidence.db.migrate import ROLES, migrate
from tipline.up.environments import ONE_HEAP
from tipline.up.ports import LOOPBACK, free_ports
from tipline.up.postgres import EmbeddedPostgres

ROOT = Path(__file__).parents[1]
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Server:
    """A running server; `directory` is where its uploads grow."""

    name: str
    port: int
    directory: Path
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """CPU time, user and system, that the process has used since it began."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def resident_bytes(self) -> int:
        """Memory that is its own or shared with nobody else who would pay for it (RSS)."""
        return int(self.process.memory_info().rss)

    def forget(self) -> None:
        """Remove what was uploaded, so that the next measurement finds the disk as this one did."""
        for path in self.directory.iterdir():
            path.unlink(missing_ok=True)  # a server clears up as well
        os.sync()


@contextmanager
def our_door(directory: Path, postgres: EmbeddedPostgres) -> Iterator[Server]:
    """One process of the public door, shut in as `tipline up` runs it."""
    spool = _empty(directory / "ours")
    passwords = {role: secrets.token_urlsafe() for role in ROLES}
    migrate(postgres.admin_url, passwords)
    environment = {
        **ONE_HEAP,
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"postgresql://tipline_intake:{passwords['tipline_intake']}@{LOOPBACK}:{postgres.port}"
        "/tipline?sslmode=disable",
        "TIPLINE_SPOOL": str(spool),
        "TIPLINE_AGENCY_PUBLIC_KEY": base64.b64encode(bytes(PrivateKey.generate().public_key)).decode(),
        # One address plays a thousand people here.
        "TIPLINE_CLIENT_TIPS_PER_HOUR": "0",
        "TIPLINE_CLIENT_UPLOADS_PER_HOUR": "0",
        "TIPLINE_CLIENT_BYTES_PER_HOUR": "0",
        "TIPLINE_CLIENT_WRONG_WORDS_PER_HOUR": "0",
        "TIPLINE_PROOF_OF_WORK": "off",
    }
    port = free_ports(["ours"])["ours"]
    command = [sys.executable, "-m", "tipline.run.intake"]
    with _running("ours", command, {**environment, "TIPLINE_INTAKE_PORT": str(port)}, port, spool) as server:
        yield server


@contextmanager
def the_peer(directory: Path) -> Iterator[Server]:
    """@tus/server with @tus/file-store, in Node."""
    uploads = _empty(directory / "peer")
    port = free_ports(["peer"])["peer"]
    command = [str(ROOT / "bootstrap" / "with-node"), "node", str(ROOT / "bench" / "peer.mjs")]
    with _running("peer", [*command, str(port), str(uploads)], dict(os.environ), port, uploads) as server:
        yield server


@contextmanager
def _running(
    name: str, command: list[str], environment: dict[str, str], port: int, directory: Path
) -> Iterator[Server]:
    log = directory.with_suffix(".log")
    dying_with_us = partial(die_with_parent, os.getpid())
    with (
        log.open("wb") as out,
        subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdout=out,
            stderr=out,
            preexec_fn=dying_with_us,  # noqa: PLW1509 (one thread)
        ) as child,
    ):
        try:
            _wait_until_it_answers(port, child, log)
            yield Server(name, port, directory, psutil.Process(child.pid))
        finally:
            child.terminate()
            try:
                child.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()


def _wait_until_it_answers(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            with Connection(port) as connection:
                connection.ask("OPTIONS", "/files/")
            return
        except OSError:
            if child.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"it does not start: {log.read_text()}") from None
            time.sleep(0.05)


def _empty(directory: Path) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory
