"""A worker as its own process over a real Postgres, a real store and a spool; and generated media."""

import base64
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from evidence import media
from evidence.media import Derivative, Media
from evidence.media.door import finish_upload, open_upload
from evidence.seal import public_key_of
from evidence.settings import StoreSettings
from evidence.spool import Spool, Upload, UploadSecret
from evidence.storage.store import Store
from tests.conftest import Database
from tests.media.copies import Copies
from tests.media.corpus import BECOMES, Corpus
from tests.media.making import FFMPEG
from tests.waiting import eventually
from workers.bench import Bench
from workers.main import ready_bench
from workers.sandbox.launch import Sandbox
from workers.sandbox.proof import prepare
from workers.settings import WorkerSettings

PATIENCE = 60.0
AGENCY_KEY = bytes(range(1, 33))
SIGNING_KEY = bytes(range(32))
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return Corpus()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Sandbox:
    return prepare("required", tmp_path_factory.mktemp("trial"))


@pytest.fixture(scope="session")
def copies(
    corpus: Corpus, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Copies:
    """Copies of the corpus; those that this run's tests will ask for by `name` are made ahead."""
    copies = Copies(corpus, sandbox, tmp_path_factory.mktemp("copies"))
    asked = {item.callspec.params.get("name") for item in request.session.items if hasattr(item, "callspec")}
    copies.ahead(name for name in BECOMES if name in asked)
    return copies


@dataclass
class Site:
    """Everything a worker works on, as the public door and an operator see it."""

    database: Database
    store: Store
    spool: Spool
    environment: dict[str, str]

    def arrive(self, content: bytes) -> UUID:
        """A file comes in whole through the public door's own functions; the media's id."""
        secret = UploadSecret.new()
        upload = Upload.new(
            secret, length=len(content), lifetime=timedelta(hours=1), sealed_name=b"sealed", metadata=""
        )
        self.spool.create(upload)
        with self.database.as_role("intake") as conn:
            open_upload(
                conn, upload.id, token=None, max_files=9, expires_at=datetime.now(UTC) + timedelta(hours=1)
            )
        self.spool.bytes_path(upload.id).write_bytes(content)
        leaves = self.spool.complete(upload.id, len(content))
        with self.database.as_role("intake") as conn:
            return finish_upload(
                conn, upload.id, size=len(content), leaves_sha256=leaves, sealed_name=b"sealed"
            )

    def media(self, media_id: UUID) -> Media:
        with self.database.as_role("operator") as conn:
            return media.get(conn, media_id)

    def derivatives(self, media_id: UUID) -> dict[str, Derivative]:
        with self.database.as_role("operator") as conn:
            found = media.derivatives_of(conn, [media_id])
        assert len({d.kind for d in found}) == len(found)
        return {d.kind: d for d in found}

    def bytes_of(self, made: Derivative) -> bytes:
        return b"".join(self.store.open_range(self.store.derivatives, made.object_key))

    def settled(self, media_id: UUID) -> bool:
        """Nothing more is to be done."""
        media = self.media(media_id)
        return media.stage == "done" or media.state == "quarantined"

    def until_settled(self, media_id: UUID, **environment: str) -> list[int]:
        """Start workers, each when the last has died, until a media is settled; how they died."""
        died: list[int] = []
        while not self.settled(media_id):
            with self.worker(**environment) as process:
                eventually(lambda: process.poll() is not None or self.settled(media_id))
            if process.returncode != 0:
                died.append(process.returncode)
        return died

    @contextmanager
    def worker(
        self, module: str = "tests.workers.worker", **environment: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A worker process; ended by SIGTERM, and by SIGKILL where it does not obey (then the test fails)."""
        process = subprocess.Popen(
            (sys.executable, "-m", module), env={**self.environment, **environment}, cwd=ROOT
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


@pytest.fixture
def site(database: Database, store: Store, store_settings: StoreSettings, tmp_path: Path) -> Site:
    (tmp_path / "spool").mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database.url("worker"),
        "TIPLINE_S3_ENDPOINT": store_settings.endpoint or "",
        "TIPLINE_S3_REGION": store_settings.region,
        "TIPLINE_S3_ACCESS_KEY": store_settings.access_key,
        "TIPLINE_S3_SECRET_KEY": store_settings.secret_key,
        "TIPLINE_S3_ORIGINALS": store_settings.originals,
        "TIPLINE_S3_DERIVATIVES": store_settings.derivatives,
        "TIPLINE_S3_CHECKPOINTS": store_settings.checkpoints,
        "TIPLINE_SPOOL": str(tmp_path / "spool"),
        "TIPLINE_SCRATCH": str(tmp_path / "scratch"),
        "TIPLINE_AGENCY_PUBLIC_KEY": base64.b64encode(public_key_of(AGENCY_KEY)).decode(),
        "TIPLINE_CHECKPOINT_SIGNING_KEY": base64.b64encode(SIGNING_KEY).decode(),
        "TIPLINE_LEASE_SECONDS": "3",
        "TIPLINE_CHECKPOINT_SECONDS": "1",
    }
    return Site(database, store, Spool(tmp_path / "spool"), environment)


@pytest.fixture
def broken_ffmpeg(tmp_path: Path) -> Path:
    """An ffmpeg that tells its version and fails at everything else."""
    path = tmp_path / "ffmpeg"
    path.write_text(f'#!/bin/sh\n[ "$1" = -version ] && exec {FFMPEG} -version\nexit 1\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def bench(site: Site) -> Iterator[Bench]:
    """A worker's means in this process, for one turn at a time."""
    with ready_bench(WorkerSettings.from_env(site.environment)) as bench:
        yield bench
