"""What one tip costs Postgres, by its own counters, while a whole installation takes it in and prepares it.

And how many transactions a Postgres commits in a second with and without a notification in each: it takes a
lock of the whole database for NOTIFY before it writes the commit, and keeps it until that is on the disk
(`PreCommit_Notify` in its async.c), so that those commits go one after the other, however many ask.
"""

import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.installation import Installation, until
from bench.workers import waiting_files
from evidence.db.connect import Connection, connect
from tipline.up.postgres import EmbeddedPostgres
from tipline.up.programs import postgres_program

_IDLE_SECONDS = 10.0
_DONE_SECONDS = 600.0
_PGBENCH_SECONDS = 5
_CLIENTS = 16
_COUNTERS = """
    SELECT (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()),
        pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint, pg_database_size(current_database()),
        (SELECT count(*) FROM ledger)
"""


@dataclass(frozen=True)
class Cost:
    """Of one file, on average: commits, those of them that notify, WAL and database in bytes, CPU time."""

    commits: float
    notifying: float
    wal_bytes: float
    database_bytes: float
    cpu_seconds: float

    @property
    def told(self) -> str:
        """All of it, in one line."""
        return (
            f"{self.commits:.0f} commits, {self.notifying:.0f} notifying, {self.wal_bytes / 1e3:.0f} kB WAL,"
            f" {self.database_bytes / 1e3:.0f} kB kept, {1000 * self.cpu_seconds:.0f} ms CPU"
        )


@dataclass(frozen=True)
class Commits:
    """Transactions a second: of one client, and of sixteen, without and with a notification in each."""

    alone: float
    plain: float
    notifying: float


@dataclass(frozen=True)
class _Reading:
    at: float
    commits: int
    wal_bytes: int
    database_bytes: int
    entries: int
    cpu_seconds: float


def cost_of(installation: Installation, files: Sequence[Path]) -> Cost:
    """Send each file as a tip of its own; subtract what the same time costs where nothing happens."""
    postgres = psutil.Process(installation.pids()["postgres"])
    with connect(installation.database_url, autocommit=True) as conn:
        idle = _read(conn, postgres)
        time.sleep(_IDLE_SECONDS)
        before = _read(conn, postgres)
        for file in files:
            installation.send(file)
        until(lambda: _all_done(conn, len(files)), _DONE_SECONDS, "the last file's end")
        after = _read(conn, postgres)
    share = (after.at - before.at) / (before.at - idle.at)

    def each(name: str) -> float:
        used = (
            getattr(after, name)
            - getattr(before, name)
            - share * (getattr(before, name) - getattr(idle, name))
        )
        return float(max(0.0, used) / len(files))

    return Cost(
        each("commits"), each("entries"), each("wal_bytes"), each("database_bytes"), each("cpu_seconds")
    )


def commits_per_second(work: Path, seconds: int = _PGBENCH_SECONDS) -> Commits:
    """Measure a Postgres of its own, on the disk that `work` is on, by its own pgbench."""
    with EmbeddedPostgres(work / "commits").running() as server:
        with connect(server.admin_url, autocommit=True) as conn:
            conn.execute("CREATE TABLE written (at timestamptz DEFAULT now(), what text)")
        plain, notifying = work / "plain.sql", work / "notifying.sql"
        plain.write_text("INSERT INTO written (what) VALUES (repeat('x', 300));\n")
        notifying.write_text(f"BEGIN;\n{plain.read_text()}SELECT pg_notify('ledger', 'x');\nEND;\n")
        return Commits(
            *(
                _pgbench(server, *run, seconds)
                for run in ((plain, 1), (plain, _CLIENTS), (notifying, _CLIENTS))
            )
        )


def _pgbench(server: EmbeddedPostgres, script: Path, clients: int, seconds: int) -> float:
    words = ["-n", "-f", str(script), "-c", str(clients), "-j", "2", "-T", str(seconds)]
    command = [str(postgres_program("pgbench")), *words, server.admin_url]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = next(line for line in told.splitlines() if line.startswith("tps = "))
    return float(line.split()[2])


def _read(conn: Connection, postgres: psutil.Process) -> _Reading:
    row = conn.execute(_COUNTERS).fetchone()
    if row is None:
        raise LookupError("Postgres counts nothing")
    times = postgres.cpu_times()
    spent = times.user + times.system + times.children_user + times.children_system
    for child in postgres.children(recursive=True):
        try:
            its = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += its.user + its.system
    return _Reading(time.monotonic(), row[0], row[1], row[2], row[3], float(spent))


def _all_done(conn: Connection, at_least: int) -> bool:
    """Whether so many files are here and nothing is to be made of any; raises as `waiting_files`."""
    row = conn.execute("SELECT count(*) FROM media").fetchone()
    return row is not None and row[0] >= at_least and not waiting_files(conn)
