"""Postgres from a wheel, as our own child: no service, no other Postgres of the machine, no socket but TCP.

It listens on loopback alone and asks everyone for a password (scram), the administrator included. There is
no Unix socket to find; initdb's `trust` for one is replaced all the same.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from evidence.errors import Unavailable
from tipline.up.accounts import Account, for_postgres, hand_over, own_account
from tipline.up.launch import Program, launch, run_once
from tipline.up.ports import LOOPBACK, free_ports
from tipline.up.programs import postgres_program

ADMIN = "tipline_admin"
DATABASE = "tipline"
_READY_SECONDS = 60.0  # replaying the log after a crash takes its time
_STOP_SECONDS = 10.0

# A failed statement must not bring a citizen's words into the log: no parameters, no DETAIL, no statement.
_DISCREET = (
    "log_error_verbosity=terse",
    "log_min_error_statement=panic",
    "log_parameter_max_length_on_error=0",
)
_FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A database under `data_dir`. `password` is the administrator's, and lives as long as the data.

    `durable=False` never waits for the disk: for tests alone, a power cut destroys the database.
    """

    data_dir: Path
    password: str = field(default_factory=secrets.token_urlsafe, repr=False)
    port: int = field(default_factory=lambda: free_ports(["postgres"])["postgres"])
    account: Account = field(default_factory=lambda: for_postgres(own_account()))
    durable: bool = True
    log: Path | None = None

    @property
    def admin_url(self) -> str:
        """The connection string of the administrator, to the database `tipline`."""
        return self._url(DATABASE)

    def initialise(self) -> None:
        """Make an empty cluster, unless there is one; cut short, it is made anew."""
        cluster = self._cluster
        hand_over(self.data_dir, self.account, 0o700)
        if (cluster / "PG_VERSION").exists() and not self._unfinished.exists():
            return
        self._unfinished.touch()
        password_file = self.data_dir / "admin-password"
        password_file.write_text(self.password)
        hand_over(self.data_dir, self.account, 0o700)
        run_once(self._program("initdb", ["/bin/rm", "-rf", str(cluster)]))
        run_once(self._program("initdb", self._initdb(password_file)))
        password_file.unlink()
        self._unfinished.unlink()

    def program(self) -> Program:
        """The server itself. If we die it ends at once, like in a crash, and recovers at the next start."""
        settings = [
            f"listen_addresses={LOOPBACK}",
            f"port={self.port}",
            "unix_socket_directories=",
            "password_encryption=scram-sha-256",
            "max_connections=100",
            *_DISCREET,
            *(() if self.durable else _FORGETFUL),
        ]
        words = [word for setting in settings for word in ("-c", setting)]
        command = [str(postgres_program("postgres")), "-D", str(self._cluster), *words]
        return self._program("postgres", command, dies_by=signal.SIGQUIT)

    def wait_ready(self, alive: Callable[[], bool], pause: Callable[[float], None] = time.sleep) -> None:
        """Wait until it answers and the database exists; raises `Unavailable` if it ends or takes long."""
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until and alive():
            try:
                with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=2) as conn:
                    found = conn.execute(
                        "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
                    ).fetchone()
                    if not found:
                        conn.execute(f"CREATE DATABASE {DATABASE}".encode())
                    return
            except psycopg.OperationalError:
                pause(0.02)
        raise Unavailable(f"Postgres did not start; its log is {self._log}.")

    def forget_stale_lock(self) -> None:
        """Remove a postmaster.pid whose number now belongs to another program, as after a reboot.

        Postgres itself only asks whether the number is alive, and would refuse to start for ever.
        """
        lock = self._cluster / "postmaster.pid"
        if not lock.exists():
            return
        pid = lock.read_text().split("\n", 1)[0]
        try:
            ours = os.readlink(f"/proc/{pid}/cwd") == str(self._cluster.resolve())
        except OSError:
            ours = False
        if not ours:
            lock.unlink()

    @contextmanager
    def running(self) -> Iterator["EmbeddedPostgres"]:
        """Start it, and stop it at the end."""
        self.initialise()
        self.forget_stale_lock()
        child = launch(self.program())
        try:
            self.wait_ready(lambda: child.poll() is None)
            yield self
        finally:
            stop_postgres(child)

    @property
    def _cluster(self) -> Path:
        return self.data_dir / "cluster"

    @property
    def _unfinished(self) -> Path:
        return self.data_dir / "initdb-unfinished"

    @property
    def _log(self) -> Path:
        return self.log or self.data_dir / "postgres.log"

    def _url(self, database: str) -> str:
        return f"postgresql://{ADMIN}:{self.password}@{LOOPBACK}:{self.port}/{database}?sslmode=disable"

    def _initdb(self, password_file: Path) -> list[str]:
        sync = () if self.durable else ("--no-sync",)
        return [
            *(str(postgres_program("initdb")), "-D", str(self._cluster), "-U", ADMIN),
            *("--pwfile", str(password_file), "--auth-local=scram-sha-256", "--auth-host=scram-sha-256"),
            *("--encoding=UTF8", "--locale=C.UTF-8", *sync),
        ]

    def _program(
        self, name: str, command: Sequence[str], dies_by: signal.Signals = signal.SIGKILL
    ) -> Program:
        return Program(name, command, self._log, account=self.account, dies_by=dies_by)


def stop_postgres(child: subprocess.Popen[bytes]) -> None:
    """A fast stop: clients are cut off, everything is on disk; where it hangs, an immediate one."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if child.poll() is not None:
            return
        child.send_signal(how)
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
