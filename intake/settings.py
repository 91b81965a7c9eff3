"""What the public door needs to know, read once. No key of the store, and no private key, is among it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Self
from zoneinfo import available_timezones

from evidence.errors import SettingsError
from evidence.settings import KEEP_ALIVE_SECONDS, Env, Retention
from evidence.telemetry.settings import Telemetry
from intake.wire.body import IDLE_SECONDS

DEFAULT_MAX_FILE_BYTES = 20_000_000_000
DEFAULT_MAX_FILES_PER_TIP = 25
DEFAULT_UPLOAD_HOURS = 72

# For one network address, behind which a carrier may hide thousands of phones: docs/operations.md, "Abuse".
DEFAULT_CLIENT_TIPS_PER_HOUR = 3000
DEFAULT_CLIENT_UPLOADS_PER_HOUR = 10_000
DEFAULT_CLIENT_BYTES_PER_HOUR = 1_000_000_000_000
# Wrong words, that is: whoever opens a tip spends nothing of it.
DEFAULT_CLIENT_WRONG_WORDS_PER_HOUR = 3000
DEFAULT_FLOOD_TIPS_PER_MINUTE = 3000
DEFAULT_CLIENT_LIVES_PER_HOUR = 600

# What a phone records in half an hour at 2.5 Mb/s, three times over; what a camera does in half a day.
DEFAULT_LIVE_MINUTES, DEFAULT_LIVE_BYTES = 30, 2_000_000_000
DEFAULT_CAMERA_MINUTES, DEFAULT_CAMERA_BYTES = 720, 50_000_000_000
DEFAULT_PROOF_BITS = 5
# 4,096 hashes for each answer: minutes, on a phone.
MOST_PROOF_BITS = 12


@dataclass(frozen=True)
class IntakeSettings:
    """The public door's settings.

    `listen_fd` is an inherited socket that listens on `port` already; `processes` share it, and the
    spool; this is the one of that `number`. On `https_fd`, another, TLS is spoken, with what is in
    `https_folder`. With `thread_verify_key` what staff wrote is checked, with `checkpoint_verify_key`
    anybody checks the statements handed out (Ed25519, both).
    """

    database_url: str = field(repr=False)
    spool: Path
    agency_public_key: bytes
    host: str = "127.0.0.1"
    port: int = 8000
    url: str = "http://127.0.0.1:8000"
    telemetry: Telemetry = field(default_factory=Telemetry)
    listen_fd: int | None = None
    https_fd: int | None = None
    https_folder: Path | None = None
    processes: int = 1
    number: int = 1
    agency_name: str = "Real-Time Crime Center"
    emergency_number: str = "911"
    max_file_bytes: int = DEFAULT_MAX_FILE_BYTES
    max_files_per_tip: int = DEFAULT_MAX_FILES_PER_TIP
    upload_hours: int = DEFAULT_UPLOAD_HOURS
    body_silence_seconds: int = IDLE_SECONDS
    keep_alive_seconds: int = KEEP_ALIVE_SECONDS
    retention: Retention = field(default_factory=Retention)
    thread_verify_key: bytes | None = None
    checkpoint_verify_key: bytes | None = None
    checkpoint_earlier_keys: tuple[bytes, ...] = ()
    time_zone: str = "UTC"
    texting_number: str | None = None
    number_days: int = 90
    text_record_days: int = 30
    trusted_proxies: tuple[str, ...] = ()
    client_tips_per_hour: int = DEFAULT_CLIENT_TIPS_PER_HOUR
    client_uploads_per_hour: int = DEFAULT_CLIENT_UPLOADS_PER_HOUR
    client_bytes_per_hour: int = DEFAULT_CLIENT_BYTES_PER_HOUR
    client_wrong_words_per_hour: int = DEFAULT_CLIENT_WRONG_WORDS_PER_HOUR
    spool_reserve_bytes: int | None = None
    proof_of_work: str = "auto"
    proof_bits: int = DEFAULT_PROOF_BITS
    flood_tips_per_minute: int = DEFAULT_FLOOD_TIPS_PER_MINUTE
    live: str = "on"
    live_at_once: int = 30
    live_minutes: int = DEFAULT_LIVE_MINUTES
    live_bytes: int = DEFAULT_LIVE_BYTES
    live_silence_seconds: int = 600
    camera_minutes: int = DEFAULT_CAMERA_MINUTES
    camera_bytes: int = DEFAULT_CAMERA_BYTES
    client_lives_per_hour: int = DEFAULT_CLIENT_LIVES_PER_HOUR

    @property
    def most_live_bytes(self) -> int:
        """What one part of any broadcast may have."""
        return max(self.live_bytes, self.camera_bytes)

    @property
    def upload_lifetime(self) -> timedelta:
        """How long an upload waits for its next byte."""
        return timedelta(hours=self.upload_hours)

    @property
    def may_withdraw(self) -> bool:
        """Whether a citizen can take a tip back: not where the store deletes nothing before its time."""
        return not self.retention.locked

    @property
    def statement_keys(self) -> tuple[bytes, ...]:
        """What statements are checked with: the key in use, and those before it; none without one."""
        if self.checkpoint_verify_key is None:
            return ()
        return (self.checkpoint_verify_key, *self.checkpoint_earlier_keys)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read `DATABASE_URL` and `TIPLINE_*`; raises `SettingsError` naming what is missing or wrong."""
        read = Env(env)
        port = read.port("TIPLINE_INTAKE_PORT", 8000)
        host = read.text("TIPLINE_HOST", cls.host)
        number = read.integer("TIPLINE_INTAKE_NUMBER", cls.number, least=1)
        return cls(
            database_url=read.text("DATABASE_URL"),
            spool=read.path("TIPLINE_SPOOL"),
            agency_public_key=read.secret32("TIPLINE_AGENCY_PUBLIC_KEY"),
            host=host,
            port=port,
            url=read.text("TIPLINE_INTAKE_URL", f"http://{host}:{port}"),
            telemetry=Telemetry.from_env(read, "TIPLINE_INTAKE_METRICS_PORT", port, number=number, door=True),
            listen_fd=_number_or_none(read, "TIPLINE_LISTEN_FD"),
            https_fd=_number_or_none(read, "TIPLINE_HTTPS_FD"),
            https_folder=Path(folder) if (folder := read.optional("TIPLINE_HTTPS_FOLDER")) else None,
            processes=read.integer("TIPLINE_INTAKE_PROCESSES", cls.processes, least=1),
            number=number,
            agency_name=read.text("TIPLINE_AGENCY_NAME", cls.agency_name),
            emergency_number=read.text("TIPLINE_EMERGENCY_NUMBER", cls.emergency_number),
            max_file_bytes=read.integer("TIPLINE_MAX_FILE_BYTES", DEFAULT_MAX_FILE_BYTES, least=1),
            max_files_per_tip=read.integer("TIPLINE_MAX_FILES_PER_TIP", DEFAULT_MAX_FILES_PER_TIP, least=1),
            upload_hours=read.integer("TIPLINE_UPLOAD_HOURS", DEFAULT_UPLOAD_HOURS, least=1),
            body_silence_seconds=read.integer("TIPLINE_BODY_SILENCE_SECONDS", IDLE_SECONDS, least=1),
            keep_alive_seconds=read.integer("TIPLINE_KEEP_ALIVE_SECONDS", KEEP_ALIVE_SECONDS, least=1),
            retention=Retention.from_env(read),
            thread_verify_key=_key_or_none(read, "TIPLINE_THREAD_VERIFY_KEY"),
            checkpoint_verify_key=_key_or_none(read, "TIPLINE_CHECKPOINT_VERIFY_KEY"),
            checkpoint_earlier_keys=read.keys32("TIPLINE_CHECKPOINT_EARLIER_KEYS"),
            texting_number=read.optional("TIPLINE_TWILIO_NUMBER"),
            number_days=read.integer("TIPLINE_SMS_NUMBER_DAYS", cls.number_days, least=1),
            text_record_days=read.integer("TIPLINE_SMS_RECORD_DAYS", cls.text_record_days, least=2),
            time_zone=_time_zone(read.text("TIPLINE_TIME_ZONE", cls.time_zone)),
            trusted_proxies=_networks(read.optional("TIPLINE_TRUSTED_PROXIES")),
            client_tips_per_hour=read.integer("TIPLINE_CLIENT_TIPS_PER_HOUR", cls.client_tips_per_hour),
            client_uploads_per_hour=read.integer(
                "TIPLINE_CLIENT_UPLOADS_PER_HOUR", cls.client_uploads_per_hour
            ),
            client_bytes_per_hour=read.integer("TIPLINE_CLIENT_BYTES_PER_HOUR", cls.client_bytes_per_hour),
            client_wrong_words_per_hour=read.integer(
                "TIPLINE_CLIENT_WRONG_WORDS_PER_HOUR", cls.client_wrong_words_per_hour
            ),
            spool_reserve_bytes=_number_or_none(read, "TIPLINE_SPOOL_RESERVE_BYTES"),
            proof_of_work=read.choice("TIPLINE_PROOF_OF_WORK", ("off", "auto", "always"), cls.proof_of_work),
            proof_bits=_proof_bits(read),
            flood_tips_per_minute=read.integer(
                "TIPLINE_FLOOD_TIPS_PER_MINUTE", cls.flood_tips_per_minute, least=1
            ),
            live=read.choice("TIPLINE_LIVE", ("on", "off"), cls.live),
            live_at_once=read.integer("TIPLINE_LIVE_AT_ONCE", cls.live_at_once, least=1),
            live_minutes=read.integer("TIPLINE_LIVE_MINUTES", cls.live_minutes, least=1),
            live_bytes=read.integer("TIPLINE_LIVE_BYTES", cls.live_bytes, least=1),
            live_silence_seconds=read.integer(
                "TIPLINE_LIVE_SILENCE_SECONDS", cls.live_silence_seconds, least=1
            ),
            camera_minutes=read.integer("TIPLINE_CAMERA_MINUTES", cls.camera_minutes, least=1),
            camera_bytes=read.integer("TIPLINE_CAMERA_BYTES", cls.camera_bytes, least=1),
            client_lives_per_hour=read.integer("TIPLINE_CLIENT_LIVES_PER_HOUR", cls.client_lives_per_hour),
        )


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise SettingsError(f"TIPLINE_TIME_ZONE must be a zone such as America/Chicago, not {name!r}.")
    return name


def _networks(text: str | None) -> tuple[str, ...]:
    """Read networks such as `10.0.0.0/8, 192.0.2.7`, separated by commas."""
    names = tuple(name.strip() for name in (text or "").split(",") if name.strip())
    for name in names:
        try:
            ip_network(name)
        except ValueError:
            raise SettingsError(
                f"TIPLINE_TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8, not {name!r}."
            ) from None
    return names


def _number_or_none(read: Env, name: str) -> int | None:
    return None if read.optional(name) is None else read.integer(name)


def _key_or_none(read: Env, name: str) -> bytes | None:
    return None if read.optional(name) is None else read.secret32(name)


def _proof_bits(read: Env) -> int:
    bits = read.integer("TIPLINE_PROOF_BITS", DEFAULT_PROOF_BITS, least=1)
    if bits > MOST_PROOF_BITS:
        raise SettingsError(
            f"TIPLINE_PROOF_BITS must be at most {MOST_PROOF_BITS}; phones could not solve it."
        )
    return bits
