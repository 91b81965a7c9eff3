"""A database that is away for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from evidence.db.connect import connect
from tests.conftest import Database
from tipline.up.postgres import EmbeddedPostgres


@contextmanager
def shut(database: Database, postgres: EmbeddedPostgres) -> Iterator[None]:
    """Nobody gets into the database, and whoever was in is thrown out."""
    name = conninfo_to_dict(database.admin_url)["dbname"]
    target = sql.Identifier(str(name))
    with connect(postgres.admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(target))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(target))
