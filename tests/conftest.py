"""Real parts for every test: one Postgres for the whole run, a database of its own for each test."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from evidence.db.connect import Connection, connect
from evidence.db.migrate import ROLES, ROLES_SQL, migrate
from evidence.settings import StoreSettings
from evidence.storage.store import Store
from tipline.up.postgres import EmbeddedPostgres
from tipline.up.store import REGION, EmbeddedStore
from tipline.up.store_access import STEWARD

# How long an example takes is this machine's load, not the code's fault.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")


@dataclass(frozen=True)
class Database:
    """A migrated, empty database and the connection string of each role."""

    admin_url: str
    password: str

    def url(self, role: str) -> str:
        """The connection string of `intake`, `worker`, `console` or `operator`, as a URL."""
        parts = conninfo_to_dict(self.admin_url)
        return (
            f"postgresql://tipline_{role}:{self.password}@{parts['host']}:{parts['port']}"
            f"/{parts['dbname']}?sslmode=disable"
        )

    def waits_for_a_lock(self, pid: int | None = None) -> bool:
        """Whether a connection, of one process of the server or of any, waits for what another one holds."""
        with self.as_admin() as admin:
            found = admin.execute(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database() AND pid = coalesce(%s, pid)",
                [pid],
            ).fetchone()
        return found is not None

    def as_role(self, role: str) -> Connection:
        """A connection as one of the doors."""
        return connect(self.url(role))

    def as_admin(self) -> Connection:
        """A connection as the superuser: what an owner of the database can do."""
        return connect(self.admin_url)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False).running() as server:
        yield server


# Roles belong to the whole cluster, so all databases of a run share their passwords.
_PASSWORD = secrets.token_urlsafe()


@contextmanager
def new_database(postgres: EmbeddedPostgres, like: str = "template1") -> Iterator[str]:
    """The superuser's connection string to a copy of the database `like`; by itself that is empty."""
    name = f"test_{secrets.token_hex(8)}"
    new, model = psycopg.sql.Identifier(name), psycopg.sql.Identifier(like)
    with connect(postgres.admin_url, autocommit=True) as admin:
        admin.execute(psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(new, model))
        yield make_conninfo(postgres.admin_url, dbname=name)
        admin.execute(psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(new))


def migrated(url: str) -> Database:
    """Bring an empty database to the newest schema."""
    migrate(url, dict.fromkeys(ROLES, _PASSWORD))
    return Database(url, _PASSWORD)


@pytest.fixture
def empty_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The superuser's connection string to a database with nothing in it."""
    with new_database(postgres) as url:
        yield url


@contextmanager
def migrated_database(postgres: EmbeddedPostgres, model: str) -> Iterator[Database]:
    """A copy of the migrated `model`; who may connect is no part of what Postgres copies."""
    with new_database(postgres, model) as url:
        with connect(url) as conn:
            conn.execute(ROLES_SQL.read_bytes())
            for role in ROLES:  # a test of passwords may have changed them for the whole cluster
                conn.execute(
                    psycopg.sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                        psycopg.sql.Identifier(role), psycopg.sql.Literal(_PASSWORD)
                    )
                )
        yield Database(url, _PASSWORD)


@pytest.fixture(scope="session")
def model_database(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The name of a database that was migrated once, for tests to have copies of."""
    with new_database(postgres) as url:
        migrated(url)
        yield str(conninfo_to_dict(url)["dbname"])


@pytest.fixture
def database(postgres: EmbeddedPostgres, model_database: str) -> Iterator[Database]:
    with migrated_database(postgres, model_database) as database:
        yield database


@pytest.fixture
def spool_dir(tmp_path: Path) -> Path:
    spool = tmp_path / "spool"
    spool.mkdir()
    return spool


@pytest.fixture(scope="session")
def store_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    # Every bucket takes a volume, and every test makes three buckets.
    with EmbeddedStore(tmp_path_factory.mktemp("store"), max_volumes=5000).running() as server:
        yield server


@pytest.fixture
def store_settings(store_server: EmbeddedStore) -> StoreSettings:
    """Three empty buckets of this test's own, as the steward, who may do everything."""
    keys, mark = store_server.keys[STEWARD], secrets.token_hex(6)
    settings = StoreSettings(
        endpoint=store_server.endpoint,
        region=REGION,
        access_key=keys.access_key,
        secret_key=keys.secret_key,
        originals=f"originals-{mark}",
        derivatives=f"derivatives-{mark}",
        checkpoints=f"checkpoints-{mark}",
    )
    client = store_server.client(STEWARD)
    client.create_bucket(Bucket=settings.originals, ObjectLockEnabledForBucket=True)
    client.create_bucket(Bucket=settings.checkpoints, ObjectLockEnabledForBucket=True)
    client.create_bucket(Bucket=settings.derivatives)
    return settings


@pytest.fixture
def store(store_settings: StoreSettings) -> Store:
    """A client of this test's own three buckets."""
    return Store.connect(store_settings)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium, for one module: Playwright keeps an event loop running, and others run their own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("TIPLINE_CHROMIUM", "/usr/bin/chromium"),
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                # So that a clip of seconds meets what a film of half an hour meets elsewhere.
                "--mse-video-buffer-size-limit-mb=2",
            ],
        )
        yield chromium
        chromium.close()
