"""The public door as its own process, on a free port, over a database and a spool of its own."""

import base64
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from nacl.public import PrivateKey

from evidence.db.connect import open_pool
from evidence.spool import Spool
from intake.door import Door
from intake.guard import Guard
from intake.settings import IntakeSettings
from tests.conftest import Database, migrated_database
from tests.waiting import eventually
from tipline.up.ports import free_ports
from tipline.up.postgres import EmbeddedPostgres

ROOT = Path(__file__).parents[2]
FAULT = re.compile(r'"level": "error", "process": "[^"]*", "logger": "tipline')
_SERVE = """
import os, sys
from pathlib import Path
from intake.server import serve
from intake.settings import IntakeSettings
serve(IntakeSettings.from_env(os.environ), Path(sys.argv[1]))
"""


@dataclass
class Intake:
    """One intake process; `log` is everything it wrote.

    It may share a `listening` socket with others, and speak TLS on a `secure` one.
    """

    environment: dict[str, str]
    citizen: Path
    log: Path
    port: int = field(default_factory=lambda: free_ports(["intake"])["intake"])
    process: subprocess.Popen[bytes] | None = None
    listening: socket.socket | None = None
    secure: socket.socket | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def spool(self) -> Spool:
        return Spool(Path(self.environment["TIPLINE_SPOOL"]))

    def start(self) -> None:
        self.launch()
        eventually(self.answers)

    def launch(self) -> None:
        """Start it without waiting for it."""
        told = {**self.environment, "TIPLINE_INTAKE_PORT": str(self.port)}
        handed = {"TIPLINE_LISTEN_FD": self.listening, "TIPLINE_HTTPS_FD": self.secure}
        descriptors = {name: given.fileno() for name, given in handed.items() if given}
        told |= {name: str(number) for name, number in descriptors.items()}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _SERVE, str(self.citizen)],
                env=told,
                cwd=ROOT,
                stdout=log,
                stderr=log,
                pass_fds=tuple(descriptors.values()),
            )

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/healthz", verify=False).status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Send a signal, wait for the end, and return the seconds it took."""
        if self.process is None:
            return 0.0
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(10)
        self.process = None
        return time.monotonic() - began


@pytest.fixture(scope="session")
def agency_key() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture(scope="session")
def citizen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real templates, without the built assets: these tests look at no page's looks."""
    root = tmp_path_factory.mktemp("citizen")
    (root / "templates").symlink_to(ROOT / "web" / "citizen" / "templates")
    (root / "dist").mkdir()
    plain = ("page.js", "thread.js", "words.js", "prover.js", "live.js", "page.css", "live.css")
    names = {name: name.replace(".", "-1.") for name in plain}
    for name in names.values():
        (root / "dist" / name).write_text("")
    (root / "dist" / "manifest.json").write_text(json.dumps(names))
    messages = root / "translations" / "es" / "LC_MESSAGES"
    messages.mkdir(parents=True)
    with (messages / "messages.mo").open("wb") as file:
        write_mo(file, Catalog(locale="es"))
    return root


NewIntake = Callable[..., AbstractContextManager[Intake]]


def environment_of(database: Database, spool_dir: Path, agency_key: PrivateKey) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database.url("intake"),
        "TIPLINE_SPOOL": str(spool_dir),
        "TIPLINE_AGENCY_PUBLIC_KEY": base64.b64encode(bytes(agency_key.public_key)).decode(),
    }


@contextmanager
def running(intake: Intake) -> Iterator[Intake]:
    intake.start()
    try:
        yield intake
    finally:
        intake.stop()
    assert not FAULT.search(intake.log.read_text()), "the door noted a fault of its own"


@pytest.fixture
def new_intake(
    database: Database, spool_dir: Path, agency_key: PrivateKey, citizen: Path, tmp_path: Path
) -> NewIntake:
    """Start intake processes that share one spool and one database."""
    environment = environment_of(database, spool_dir, agency_key)

    def run(**settings: str) -> AbstractContextManager[Intake]:
        return running(Intake({**environment, **settings}, citizen, tmp_path / "intake.log"))

    return run


@pytest.fixture
def intake(new_intake: NewIntake) -> Iterator[Intake]:
    with new_intake() as running_intake:
        yield running_intake


@pytest.fixture(scope="module")
def shared_door(
    postgres: EmbeddedPostgres,
    model_database: str,
    agency_key: PrivateKey,
    citizen: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Intake, Database]]:
    """One process for all tests of a file that look only at what they sent themselves, and its database."""
    root = tmp_path_factory.mktemp("shared")
    (root / "spool").mkdir()
    with migrated_database(postgres, model_database) as database:
        environment = environment_of(database, root / "spool", agency_key)
        with running(Intake(environment, citizen, root / "intake.log")) as shared:
            yield shared, database


@pytest.fixture(scope="module")
def shared_intake(shared_door: tuple[Intake, Database]) -> Intake:
    """The process of `shared_door`."""
    return shared_door[0]


@pytest.fixture
def door(database: Database, spool_dir: Path, agency_key: PrivateKey) -> Iterator[Door]:
    """A door without its process: what a test can call step by step."""
    settings = IntakeSettings(database.url("intake"), spool_dir, bytes(agency_key.public_key))
    with open_pool(settings.database_url, size=2, autocommit=True) as pool:
        door = Door(settings, Spool(spool_dir), pool, Guard(settings))
        yield door
        door.guard.close()
        door.threads.close()
