"""The SMS door as its own process, over a real database, beside the stand-in of the carrier."""

import base64
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from nacl.public import PrivateKey

from evidence.db.connect import Pool, open_pool
from evidence.texting import outgoing
from evidence.thread import TipText, messages, read_for_agency
from evidence.vault import VaultKeys
from intake.texting.arrival import Incoming, take
from intake.texting.sending import Sender
from intake.texting.settings import TextingSettings
from intake.texting.twilio import Twilio
from tests.conftest import Database
from tests.waiting import eventually
from tipline.carrier import Account, Carrier, serving
from tipline.carrier.message import Message
from tipline.up.ports import LOOPBACK, free_ports

ROOT = Path(__file__).parents[3]
TOKEN = "0123456789abcdef0123456789abcdef"
ERIN, FRANK = "+16015550123", "+16015550124"
_SERVE = """
import os
from intake.texting.server import serve
from intake.texting.settings import TextingSettings
serve(TextingSettings.from_env(os.environ))
"""


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


@dataclass
class SmsDoor:
    """One SMS door process; `log` is everything it wrote."""

    environment: dict[str, str]
    log: Path
    carrier: Carrier
    database: Database
    agency_key: PrivateKey
    process: subprocess.Popen[bytes] | None = None
    keys: VaultKeys = field(init=False)

    def __post_init__(self) -> None:
        told = self.environment
        sealing, marking = (
            base64.b64decode(told[name]) for name in ("TIPLINE_VAULT_KEY", "TIPLINE_NUMBER_KEY")
        )
        self.keys = VaultKeys(sealing, marking)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.environment['TIPLINE_SMS_PORT']}"

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _SERVE], env=self.environment, cwd=ROOT, stdout=log, stderr=log
            )
        eventually(self.answers, "the SMS door")

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def stop(self, *, kill: bool = False) -> None:
        if self.process is not None:
            (self.process.kill if kill else self.process.terminate)()
            self.process.wait(20)
            self.process = None

    def texts_of(self, tip_id: UUID) -> list[TipText]:
        with self.database.as_admin() as conn:
            return [read_for_agency(one, bytes(self.agency_key)) for one in messages(conn, tip_id)]

    def tips(self) -> list[UUID]:
        return [row[0] for row in self.rows("SELECT id FROM tip WHERE channel = 'sms' ORDER BY received_at")]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.database.as_admin() as conn:
            return conn.execute(query.encode(), values).fetchall()

    def shown_on(self, number: str, count: int = 1) -> list[str]:
        """What a phone shows, once it shows so much."""
        eventually(lambda: len(self.carrier.shown_on(number)) >= count, f"{count} texts on the phone")
        return [message.body for message in self.carrier.shown_on(number)]


@dataclass
class Town:
    """What a test makes doors from."""

    environment: dict[str, str]
    carrier: Carrier
    database: Database
    agency_key: PrivateKey
    log: Path

    @contextmanager
    def door(self, **settings: str) -> Iterator[SmsDoor]:
        environment = {**self.environment, **settings}
        door = SmsDoor(environment, self.log, self.carrier, self.database, self.agency_key)
        door.start()
        try:
            yield door
        finally:
            door.stop()


@pytest.fixture
def town(database: Database, agency_key: PrivateKey, tmp_path: Path) -> Iterator[Town]:
    port = free_ports(["sms"])["sms"]
    url = f"http://{LOOPBACK}:{port}/sms"
    carrier = Carrier(Account.demonstration(TOKEN, url))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with serving(carrier, LOOPBACK, 0) as api:
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": database.url("sms"),
            "TIPLINE_AGENCY_PUBLIC_KEY": encoded(bytes(agency_key.public_key)),
            "TIPLINE_VAULT_KEY": encoded(secrets.token_bytes(32)),
            "TIPLINE_NUMBER_KEY": encoded(secrets.token_bytes(32)),
            "TIPLINE_TEXTING_PRIVATE_KEY": encoded(bytes(PrivateKey.generate())),
            "TIPLINE_TWILIO_ACCOUNT_SID": carrier.account.sid,
            "TIPLINE_TWILIO_AUTH_TOKEN": TOKEN,
            "TIPLINE_TWILIO_NUMBER": carrier.account.number,
            "TIPLINE_TWILIO_URL": api,
            "TIPLINE_SMS_URL": url,
            "TIPLINE_SMS_PORT": str(port),
            "TIPLINE_SMS_QUIET_HOURS": "off",
            "TIPLINE_SCRATCH": str(scratch),
            "TIPLINE_INTAKE_URL": "https://tips.city.example",
            "TMPDIR": str(scratch),
        }
        yield Town(environment, carrier, database, agency_key, tmp_path / "sms.log")


@dataclass
class Errand:
    """The door's own work without its process: what a test can do step by step."""

    settings: TextingSettings
    pool: Pool
    twilio: Twilio
    carrier: Carrier
    database: Database
    agency_key: bytes

    @property
    def sender(self) -> Sender:
        return Sender(self.settings, self.pool, self.twilio)

    def take(self, text: Incoming) -> bool:
        with self.pool.connection() as conn:
            return take(conn, self.settings, text, "webhook")

    def told(self, message: Message) -> bool:
        """Take in what a webhook would tell of a message."""
        return self.take(Incoming(message.sid, message.sender, message.body, len(message.media)))

    def send_all(self) -> None:
        with self.pool.connection() as conn:
            queued = outgoing.due(conn)
        for out_id in queued:
            self.sender.send(out_id)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self.database.as_admin() as conn:
            return conn.execute(query.encode(), values).fetchall()


NewErrand = Callable[..., Errand]


@pytest.fixture
def new_errand(town: Town) -> Iterator[NewErrand]:
    """Nobody is told by the carrier here: a test says itself what a webhook says, and when."""
    town.carrier.silent = True
    with open_pool(town.database.url("sms"), size=4) as pool:

        def make(**settings: str) -> Errand:
            read = TextingSettings.from_env({**town.environment, **settings})
            account = read.account
            twilio = Twilio(account.sid, account.token, account.number, account.api)
            return Errand(read, pool, twilio, town.carrier, town.database, bytes(town.agency_key))

        yield make


@pytest.fixture
def errand(new_errand: NewErrand) -> Errand:
    return new_errand()


@pytest.fixture
def door(town: Town) -> Iterator[SmsDoor]:
    with town.door() as door:
        yield door
