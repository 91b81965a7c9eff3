"""What the SMS door needs to know, read once. It alone is told the carrier's token and the vault's keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from phonenumbers import SUPPORTED_REGIONS

from evidence.errors import SettingsError
from evidence.seal import public_key_of
from evidence.settings import KEEP_ALIVE_SECONDS, Env
from evidence.telemetry.settings import Telemetry
from evidence.vault import VaultKeys
from intake.texting.hours import QuietHours
from intake.texting.twilio import API

DEFAULT_COUNTRIES = "US"


@dataclass(frozen=True)
class Account:
    """The carrier's account: its token signs every webhook. `api` is where it is asked.

    `stand_in` where it is none, but that of a stand-in for a carrier on this machine.
    """

    sid: str
    token: str = field(repr=False)
    number: str
    api: str = API
    stand_in: bool = False


@dataclass(frozen=True)
class TextingSettings:
    """The SMS door's settings.

    `url` is where the carrier reaches us, exactly as it is told it: it is part of what is signed.
    `front_door` is where media are sent, ours as seen from here; `intake_url` is what citizens read.
    """

    database_url: str = field(repr=False)
    agency_public_key: bytes
    vault: VaultKeys
    private_key: bytes = field(repr=False)
    account: Account
    url: str
    front_door: str
    scratch: Path
    host: str = "127.0.0.1"
    port: int = 8002
    keep_alive_seconds: int = KEEP_ALIVE_SECONDS
    intake_url: str = "http://127.0.0.1:8000"
    agency_name: str = "Real-Time Crime Center"
    emergency_number: str = "911"
    countries: frozenset[str] = frozenset({DEFAULT_COUNTRIES})
    daily_mills: int = 25_000
    segment_mills: int = 12
    quiet: QuietHours = field(default_factory=QuietHours)
    number_lives: timedelta = timedelta(days=90)
    records_live: timedelta = timedelta(days=30)
    link_hours: int = 72
    poll_seconds: float = 300.0
    tick_seconds: float = 5.0
    telemetry: Telemetry = field(default_factory=Telemetry)

    @property
    def public_key(self) -> bytes:
        """What outgoing texts are sealed to until they are sent."""
        return public_key_of(self.private_key)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read `DATABASE_URL` and `TIPLINE_*`; raises `SettingsError` naming what is missing or wrong."""
        read = Env(env)
        host, port = read.text("TIPLINE_HOST", cls.host), read.port("TIPLINE_SMS_PORT", cls.port, least=1)
        intake_url = read.text("TIPLINE_INTAKE_URL", cls.intake_url).rstrip("/")
        return cls(
            database_url=read.text("DATABASE_URL"),
            agency_public_key=read.secret32("TIPLINE_AGENCY_PUBLIC_KEY"),
            vault=_vault(read),
            private_key=read.secret32("TIPLINE_TEXTING_PRIVATE_KEY"),
            account=Account(
                read.text("TIPLINE_TWILIO_ACCOUNT_SID"),
                read.text("TIPLINE_TWILIO_AUTH_TOKEN"),
                read.text("TIPLINE_TWILIO_NUMBER"),
                read.text("TIPLINE_TWILIO_URL", API),
                stand_in=read.optional("TIPLINE_TWILIO_STAND_IN") is not None,
            ),
            url=read.text("TIPLINE_SMS_URL", f"{intake_url}/sms"),
            front_door=read.text("TIPLINE_SMS_FRONT_DOOR", intake_url).rstrip("/"),
            scratch=read.path("TIPLINE_SCRATCH", str(read.path("TIPLINE_DATA", "var") / "scratch")),
            host=host,
            port=port,
            keep_alive_seconds=read.integer("TIPLINE_KEEP_ALIVE_SECONDS", KEEP_ALIVE_SECONDS, least=1),
            intake_url=intake_url,
            agency_name=read.text("TIPLINE_AGENCY_NAME", cls.agency_name),
            emergency_number=read.text("TIPLINE_EMERGENCY_NUMBER", cls.emergency_number),
            countries=_countries(read.text("TIPLINE_SMS_COUNTRIES", DEFAULT_COUNTRIES)),
            daily_mills=1000 * read.integer("TIPLINE_SMS_DAILY_DOLLARS", cls.daily_mills // 1000),
            segment_mills=read.integer("TIPLINE_SMS_SEGMENT_MILLS", cls.segment_mills, least=1),
            quiet=QuietHours.read(
                read.text("TIPLINE_SMS_QUIET_HOURS", "21-8"), _zone(read.text("TIPLINE_TIME_ZONE", "UTC"))
            ),
            number_lives=timedelta(days=read.integer("TIPLINE_SMS_NUMBER_DAYS", 90, least=1)),
            records_live=timedelta(days=read.integer("TIPLINE_SMS_RECORD_DAYS", 30, least=2)),
            link_hours=read.integer("TIPLINE_UPLOAD_HOURS", cls.link_hours, least=1),
            poll_seconds=read.integer("TIPLINE_SMS_POLL_SECONDS", int(cls.poll_seconds), least=1),
            telemetry=Telemetry.from_env(read, "TIPLINE_SMS_METRICS_PORT", port, door=True),
        )


def _vault(read: Env) -> VaultKeys:
    """Read both keys; after a comma come those before, the newest first."""
    (sealing, *sealed), (marking, *marked) = (
        read.keys32(name) or (read.secret32(name),) for name in ("TIPLINE_VAULT_KEY", "TIPLINE_NUMBER_KEY")
    )
    return VaultKeys(sealing, marking, tuple(sealed), tuple(marked))


def _countries(text: str) -> frozenset[str]:
    """Read ISO 3166 codes such as `US, CA`."""
    codes = frozenset(code.strip().upper() for code in text.split(",") if code.strip())
    if unknown := codes - SUPPORTED_REGIONS:
        raise SettingsError(
            f"TIPLINE_SMS_COUNTRIES must be codes such as US, CA, not {sorted(unknown)[0]!r}."
        )
    return codes


def _zone(name: str) -> ZoneInfo:
    if name not in available_timezones():
        raise SettingsError(f"TIPLINE_TIME_ZONE must be a zone such as America/Chicago, not {name!r}.")
    return ZoneInfo(name)
