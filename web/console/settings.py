"""What the console's process needs to know, read once from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from evidence.errors import SettingsError
from evidence.seal import PrivateKeys
from evidence.settings import KEEP_ALIVE_SECONDS, Env, Retention, StoreSettings
from evidence.telemetry.settings import Telemetry
from evidence.thread import StaffKeys


@dataclass(frozen=True)
class ConsoleSettings:
    """Settings of the console; the private keys open what citizens wrote, and never leave the process.

    `thread_signing_key` (Ed25519) signs what staff write to them; `intake_url` is where they read it.
    `spool` is where uploads grow, to be read alone: None where they grow on another machine. Where many hosts
    share a bucket (`store.spool`), what staff watch is copied from there into `scratch` instead.
    What goes out by text is sealed to `texting_public_key` (X25519), None where no SMS door runs.
    """

    database_url: str = field(repr=False)
    store: StoreSettings
    agency_private_key: PrivateKeys = field(repr=False)
    thread_signing_key: bytes = field(repr=False)
    origin: str
    texting_public_key: bytes | None = None
    spool: Path | None = None
    scratch: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8001
    telemetry: Telemetry = field(default_factory=Telemetry)
    keep_alive_seconds: int = KEEP_ALIVE_SECONDS
    agency_name: str = "Real-Time Crime Center"
    emergency_number: str = "911"
    intake_url: str = "http://127.0.0.1:8000"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)
    retention: Retention = field(default_factory=Retention)

    @classmethod
    def from_env(cls, variables: Mapping[str, str]) -> Self:
        """Read the environment; raises `SettingsError` naming the variable that is missing or wrong."""
        env = Env(variables)
        port = env.port("TIPLINE_CONSOLE_PORT", cls.port, least=1)
        return cls(
            database_url=env.text("DATABASE_URL"),
            store=StoreSettings.from_env(env),
            agency_private_key=(
                env.secret32("TIPLINE_AGENCY_PRIVATE_KEY"),
                *env.keys32("TIPLINE_AGENCY_EARLIER_KEYS"),
            ),
            thread_signing_key=env.secret32("TIPLINE_THREAD_SIGNING_KEY"),
            texting_public_key=_optional_key(env, "TIPLINE_TEXTING_PUBLIC_KEY"),
            spool=Path(spool) if (spool := env.optional("TIPLINE_SPOOL")) else None,
            scratch=Path(scratch) if (scratch := env.optional("TIPLINE_SCRATCH")) else None,
            origin=_origin(env.text("TIPLINE_CONSOLE_URL", f"http://localhost:{port}")),
            host=env.text("TIPLINE_HOST", cls.host),
            port=port,
            telemetry=Telemetry.from_env(env, "TIPLINE_CONSOLE_METRICS_PORT", port),
            keep_alive_seconds=env.integer("TIPLINE_KEEP_ALIVE_SECONDS", KEEP_ALIVE_SECONDS, least=1),
            agency_name=env.text("TIPLINE_AGENCY_NAME", cls.agency_name),
            emergency_number=env.text("TIPLINE_EMERGENCY_NUMBER", cls.emergency_number),
            intake_url=env.text("TIPLINE_INTAKE_URL", cls.intake_url),
            zone=_zone(env.text("TIPLINE_TIME_ZONE", "UTC")),
            idle=timedelta(minutes=env.integer("TIPLINE_SESSION_IDLE_MINUTES", 30, least=1)),
            longest=timedelta(hours=env.integer("TIPLINE_SESSION_HOURS", 12, least=1)),
            retention=Retention.from_env(env),
        )

    @property
    def staff_keys(self) -> StaffKeys:
        """What this process reads threads with, and writes into them."""
        return StaffKeys(self.agency_private_key, self.thread_signing_key)

    @property
    def secure(self) -> bool:
        """Whether reviewers reach the console over https."""
        return self.origin.startswith("https://")

    @property
    def relying_party(self) -> str:
        """The host name passkeys are bound to (WebAuthn's RP ID)."""
        return urlsplit(self.origin).hostname or "localhost"


def _optional_key(env: Env, name: str) -> bytes | None:
    return None if env.optional(name) is None else env.secret32(name)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingsError(
            f"TIPLINE_CONSOLE_URL must be an address like https://console.city.gov, not {url!r}."
        )
    return f"{parts.scheme}://{parts.netloc}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"TIPLINE_TIME_ZONE must be a zone like America/Chicago, not {name!r}.") from None
