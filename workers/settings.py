"""What the worker must know, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from evidence.jobs import Lane
from evidence.settings import Env, Retention, StoreSettings
from evidence.telemetry.settings import Telemetry


@dataclass(frozen=True)
class WorkerSettings:
    """The worker's settings. Only this process holds the key that signs checkpoints.

    What it finds of a sender it seals to `agency_public_key`, and cannot open again.

    `scratch` is where files are worked on, in directories that do not outlive the work; it wants as much free
    space as two of the largest files. `store_disk` is a directory on the file system of a store that
    acknowledges before its disk has the bytes, None for one that does not (S3). `slots` says how many media
    are worked on at a time in each lane. As long as a case has a tip, its originals are locked for
    `case_lock_days` more, or half of that at least.
    `clamd` is a virus scanner's `host:port` or the path of its socket. CloudWatch is told how much waits
    under the name `cloudwatch`.
    """

    database_url: str = field(repr=False)
    store: StoreSettings
    spool: Path
    scratch: Path
    signing_key: bytes = field(repr=False)
    agency_public_key: bytes
    store_disk: Path | None = None
    sandbox: str = "required"
    slots: Mapping[Lane, int] = field(default_factory=lambda: {"media": 2, "large": 1, "batch": 1})
    retention: Retention = field(default_factory=Retention)
    case_lock_days: int = 365
    lease_seconds: int = 30
    checkpoint_seconds: int = 60
    clamd: str | None = None
    telemetry: Telemetry = field(default_factory=Telemetry)
    cloudwatch: str | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read `DATABASE_URL` and `TIPLINE_*`. Raises `SettingsError` naming the variable."""
        read = Env(env)
        store_disk = read.optional("TIPLINE_STORE_DISK")
        return cls(
            database_url=read.text("DATABASE_URL"),
            store=StoreSettings.from_env(read),
            spool=read.path("TIPLINE_SPOOL"),
            scratch=read.path("TIPLINE_SCRATCH", str(read.path("TIPLINE_DATA", "var") / "scratch")),
            signing_key=read.secret32("TIPLINE_CHECKPOINT_SIGNING_KEY"),
            agency_public_key=read.secret32("TIPLINE_AGENCY_PUBLIC_KEY"),
            store_disk=Path(store_disk) if store_disk else None,
            sandbox=read.choice("TIPLINE_SANDBOX", ("required", "off"), "required"),
            slots={
                "media": read.integer("TIPLINE_WORKER_CONCURRENCY", 2, least=1),
                "large": read.integer("TIPLINE_WORKER_LARGE", 1, least=1),
                "batch": read.integer("TIPLINE_WORKER_BATCH", 1, least=1),
            },
            retention=Retention.from_env(read),
            case_lock_days=read.integer("TIPLINE_CASE_LOCK_DAYS", cls.case_lock_days, least=2),
            lease_seconds=read.integer("TIPLINE_LEASE_SECONDS", 30, least=1),
            checkpoint_seconds=read.integer("TIPLINE_CHECKPOINT_SECONDS", 60, least=1),
            clamd=read.optional("TIPLINE_CLAMD"),
            telemetry=Telemetry.from_env(read, "TIPLINE_WORKER_METRICS_PORT"),
            cloudwatch=read.optional("TIPLINE_CLOUDWATCH"),
        )
