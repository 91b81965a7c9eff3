"""A relay runs beside a door of its own, with a camera whose owner has consented."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from evidence.errors import EvidenceError
from tests.conftest import Database
from tests.intake.conftest import Intake, agency_key, citizen, intake, new_intake
from tests.intake.live.conftest import Behind
from tests.tipline.relay.camera import TestCamera, running_camera
from tests.waiting import eventually
from tipline.cli.commands import main
from tipline.relay import Relay, Source
from tipline.relay.door import Stands

__all__ = ["agency_key", "citizen", "intake", "new_intake"]


def said(*words: str) -> str:
    """What the command line answers."""
    done = CliRunner().invoke(main, list(words))
    assert done.exit_code == 0, done.output
    return done.output.strip()


@pytest.fixture
def operator(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URL": database.url("operator"),
        "TIPLINE_CONSOLE_URL": "http://localhost",
        "TIPLINE_AGENCY_PRIVATE_KEY": base64.b64encode(bytes(32)).decode(),
        "TIPLINE_CHECKPOINT_VERIFY_KEY": base64.b64encode(bytes(32)).decode(),
        "TIPLINE_S3_ACCESS_KEY": "unused",
        "TIPLINE_S3_SECRET_KEY": "unused",
    }.items():
        monkeypatch.setenv(name, value)


@dataclass(frozen=True)
class Allowed:
    """What the shell has printed of a consent: its id, and a relay's token."""

    consent: str
    token: str


@pytest.fixture
def allowed(operator: None, tmp_path: Path) -> Allowed:
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"signed by Alice")
    said("camera", "add", "North door", "--place", "1 Main St", "--owner", "Alice")
    line = said(
        "consent", "add", "North door", "--document", str(paper), "--scope", "The corner",
        "--until", "2999-01-01", "--zone", "America/Chicago",
    )  # fmt: skip
    consent = line.split()[0]
    return Allowed(consent, said("consent", "grant", consent))


@dataclass
class Running:
    """A relay in a thread of this process."""

    relay: Relay
    told: list[str]
    outcome: Stands | EvidenceError | None = None
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.outcome = self.relay.run()
        except EvidenceError as refusal:
            self.outcome = refusal

    def ended(self) -> Stands | EvidenceError:
        assert self.thread is not None
        self.thread.join(60)
        assert self.outcome is not None, self.told
        return self.outcome

    @property
    def session(self) -> str:
        """The id of the newest session, once there is one."""

        def named() -> list[str]:
            return [line.split()[2].rstrip(".") for line in self.told if line.startswith("Live as")]

        return eventually(named, "a session")[-1]


@dataclass
class Stage:
    """A door, a camera, and relays between them."""

    behind: Behind
    camera: TestCamera
    allowed: Allowed
    _running: list[Running] = field(default_factory=list)

    def relay(self, *, sound: bool = False) -> Running:
        told: list[str] = []
        source = Source(self.camera.url, sound)
        relay = Relay(source, self.behind.intake.url, self.allowed.token, told.append)
        running = Running(relay, told)
        self._running.append(running)
        running.start()
        return running

    def grown(self, running: Running, *, parts: int, beyond: int = 0) -> None:
        """Wait until the newest of so many parts has more bytes than `beyond`."""

        def look() -> bool:
            there = self.behind.parts(running.session)
            if len(there) < parts:
                return False
            path = self.behind.intake.spool.bytes_path(there[-1].upload_id)
            return path.exists() and path.stat().st_size > beyond

        eventually(look, "the film's growing")

    def stop(self) -> None:
        for running in self._running:
            running.relay.stop()
            if running.thread is not None:
                running.thread.join(60)


@pytest.fixture
def stage(intake: Intake, database: Database, allowed: Allowed) -> Iterator[Stage]:
    with _stage(Behind(intake, database), allowed, "H264") as there:
        yield there


@pytest.fixture
def newer_stage(intake: Intake, database: Database, allowed: Allowed) -> Iterator[Stage]:
    """A camera that sends H.265."""
    with _stage(Behind(intake, database), allowed, "H265") as there:
        yield there


@contextmanager
def _stage(behind: Behind, allowed: Allowed, codec: str) -> Iterator[Stage]:
    with running_camera(codec) as camera:
        there = Stage(behind, camera, allowed)
        try:
            yield there
        finally:
            there.stop()
