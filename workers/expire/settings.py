"""What the deletion clock must know, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from evidence.settings import Env, Retention, StoreSettings
from evidence.telemetry.settings import Telemetry


@dataclass(frozen=True)
class ExpireSettings:
    """Its settings. It opens nothing that is sealed, and reads no object: it only removes.

    `store_disk` is a directory on the file system of a store that acknowledges before its disk has done it.
    """

    database_url: str = field(repr=False)
    store: StoreSettings
    spool: Path
    retention: Retention
    store_disk: Path | None = None
    look_seconds: int = 5
    lease_seconds: int = 60
    telemetry: Telemetry = field(default_factory=Telemetry)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read `DATABASE_URL` and `TIPLINE_*`. Raises `SettingsError` naming the variable."""
        read = Env(env)
        store_disk = read.optional("TIPLINE_STORE_DISK")
        return cls(
            database_url=read.text("DATABASE_URL"),
            store=StoreSettings.from_env(read),
            spool=read.path("TIPLINE_SPOOL"),
            retention=Retention.from_env(read),
            store_disk=Path(store_disk) if store_disk else None,
            look_seconds=read.integer("TIPLINE_EXPIRE_SECONDS", cls.look_seconds, least=1),
            telemetry=Telemetry.from_env(read, "TIPLINE_EXPIRE_METRICS_PORT"),
        )
