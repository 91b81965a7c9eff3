"""What the public door needs to know, read once. No key of the store, and no private key, is among it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self
from zoneinfo import available_timezones

from evidence.errors import SettingsError
from evidence.settings import Env

DEFAULT_MAX_FILE_BYTES = 20_000_000_000
DEFAULT_MAX_FILES_PER_TIP = 25
DEFAULT_UPLOAD_HOURS = 72


@dataclass(frozen=True)
class IntakeSettings:
    """The public door's settings."""

    database_url: str = field(repr=False)
    spool: Path
    agency_public_key: bytes
    host: str = "127.0.0.1"
    port: int = 8000
    url: str = "http://127.0.0.1:8000"
    agency_name: str = "Real-Time Crime Center"
    emergency_number: str = "911"
    max_file_bytes: int = DEFAULT_MAX_FILE_BYTES
    max_files_per_tip: int = DEFAULT_MAX_FILES_PER_TIP
    upload_hours: int = DEFAULT_UPLOAD_HOURS
    retention_days: int = 90
    retention_mode: str = "GOVERNANCE"
    time_zone: str = "UTC"

    @property
    def upload_lifetime(self) -> timedelta:
        """How long an upload waits for its next byte."""
        return timedelta(hours=self.upload_hours)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read `DATABASE_URL` and `TIPLINE_*`; raises `SettingsError` naming what is missing or wrong."""
        read = Env(env)
        port = read.integer("TIPLINE_INTAKE_PORT", 8000)
        host = read.text("TIPLINE_HOST", cls.host)
        return cls(
            database_url=read.text("DATABASE_URL"),
            spool=read.path("TIPLINE_SPOOL"),
            agency_public_key=read.secret32("TIPLINE_AGENCY_PUBLIC_KEY"),
            host=host,
            port=port,
            url=read.text("TIPLINE_INTAKE_URL", f"http://{host}:{port}"),
            agency_name=read.text("TIPLINE_AGENCY_NAME", cls.agency_name),
            emergency_number=read.text("TIPLINE_EMERGENCY_NUMBER", cls.emergency_number),
            max_file_bytes=read.integer("TIPLINE_MAX_FILE_BYTES", DEFAULT_MAX_FILE_BYTES, least=1),
            max_files_per_tip=read.integer("TIPLINE_MAX_FILES_PER_TIP", DEFAULT_MAX_FILES_PER_TIP, least=1),
            upload_hours=read.integer("TIPLINE_UPLOAD_HOURS", DEFAULT_UPLOAD_HOURS, least=1),
            retention_days=read.integer("TIPLINE_RETENTION_DAYS", 90, least=1),
            retention_mode=read.choice(
                "TIPLINE_RETENTION_MODE", ("GOVERNANCE", "COMPLIANCE"), cls.retention_mode
            ),
            time_zone=_time_zone(read.text("TIPLINE_TIME_ZONE", cls.time_zone)),
        )


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise SettingsError(f"TIPLINE_TIME_ZONE must be a zone such as America/Chicago, not {name!r}.")
    return name
