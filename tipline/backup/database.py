"""The database's part: one snapshot, dumped by pg_dump, and brought back by pg_restore."""

import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict

from evidence.db.connect import Connection, connect
from evidence.db.migrate import ROLES_SQL
from evidence.errors import Unavailable
from tipline.up.programs import postgres_program


@dataclass(frozen=True)
class Moment:
    """A snapshot of the database: its name for pg_dump, its time, and what store and spool must fit to.

    `unsealed`: uploads whose original is only in the spool. `moved` changes with what the store is told to
    keep or to forget.
    """

    snapshot: str
    at: datetime
    unsealed: frozenset[UUID]
    moved: tuple[int, ...]


@contextmanager
def held_moment(admin_url: str) -> Iterator[Moment]:
    """Hold one snapshot; it ends with the block."""
    with connect(admin_url) as conn:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        row = conn.execute("SELECT pg_export_snapshot(), clock_timestamp()").fetchone()
        assert row is not None  # noqa: S101 (a SELECT without FROM has one row)
        unsealed = conn.execute("SELECT upload_id FROM media WHERE sha256 IS NULL AND state <> 'purged'")
        yield Moment(row[0], row[1], frozenset(upload for (upload,) in unsealed), moved(conn))


def moved(conn: Connection) -> tuple[int, ...]:
    """Return numbers of which one changes when a head is signed, or a tip's end begun or done."""
    row = conn.execute(
        "SELECT (SELECT coalesce(max(size), 0) FROM checkpoint), count(*), count(done_at) FROM purge"
    ).fetchone()
    return tuple(row or ())


def dump(admin_url: str, snapshot: str, piece_bytes: int) -> Iterator[bytes]:
    """Yield the dump of a held snapshot in pieces; raises `Unavailable` (`dump_failed`)."""
    command = [str(postgres_program("pg_dump")), "--format=custom", f"--snapshot={snapshot}"]
    with subprocess.Popen(  # noqa: S603 (our own program, named by path)
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(admin_url)
    ) as process:
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        while piece := process.stdout.read(piece_bytes):
            yield piece
        words = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise Unavailable(f"The database could not be dumped: {words}", code="dump_failed")


def bring_back(admin_url: str, pieces: Iterable[bytes]) -> None:
    """Make everything a dump holds in an empty database, in one transaction; raises `Unavailable`."""
    with connect(admin_url) as conn:
        conn.execute(ROLES_SQL.read_bytes())
    database = str(conninfo_to_dict(admin_url)["dbname"])
    command = [
        str(postgres_program("pg_restore")),
        "--exit-on-error",
        "--single-transaction",
        "--dbname",
        database,
    ]
    with subprocess.Popen(  # noqa: S603 (our own program, named by path)
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(admin_url)
    ) as process:
        assert process.stdin is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        try:
            for piece in pieces:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has ended, and says why
        words = process.stderr.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise Unavailable(f"The database could not be brought back: {words}", code="restore_failed")


def end_sessions(admin_url: str) -> None:
    """End staff's sessions and links that were not used yet: they may have been used since, or ended."""
    with connect(admin_url) as conn:
        conn.execute("TRUNCATE console_session, signin_link, passkey_challenge")


def _environment(admin_url: str) -> dict[str, str]:
    """What libpq reads: a password on a command line is everybody's."""
    names = {
        "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
        "dbname": "PGDATABASE", "sslmode": "PGSSLMODE",
    }  # fmt: skip
    parts = conninfo_to_dict(admin_url)
    return {variable: str(parts[name]) for name, variable in names.items() if parts.get(name) is not None}
