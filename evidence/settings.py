"""Reading settings from the environment, once per process, failing loudly."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self, cast

from evidence.errors import SettingsError

MOST_PORT = 65535
# How long a door keeps a line open on which nothing is asked. A balancer in front must let go of it sooner,
# or it asks on a line that was just shut.
KEEP_ALIVE_SECONDS = 30

# Where a container asks for its role's credentials: ECS gives a path at 169.254.170.2, others a whole address
# (docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
CREDENTIAL_ADDRESSES = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")

LockMode = Literal["GOVERNANCE", "COMPLIANCE"]
DEFAULT_RETENTION_DAYS = 90


@dataclass(frozen=True)
class Env:
    """A reader over environment variables; every method raises `SettingsError` naming the variable."""

    variables: Mapping[str, str]

    def text(self, name: str, default: str | None = None) -> str:
        """Return the variable's text; an empty one counts as missing."""
        value = self.variables.get(name) or default
        if value is None:
            raise SettingsError(f"{name} is not set; the process cannot start without it.")
        return value

    def optional(self, name: str) -> str | None:
        """Return the variable's text, or None where it is missing or empty."""
        return self.variables.get(name) or None

    def integer(self, name: str, default: int | None = None, *, least: int = 0) -> int:
        """Return a whole number not below `least`."""
        raw = self.text(name, None if default is None else str(default))
        try:
            value = int(raw)
        except ValueError:
            raise SettingsError(f"{name} must be a whole number, not {raw!r}.") from None
        if value < least:
            raise SettingsError(f"{name} must be at least {least}, not {value}.")
        return value

    def port(self, name: str, default: int, *, least: int = 0) -> int:
        """Return a TCP port; 0, where it is allowed, means any free one."""
        value = self.integer(name, default, least=least)
        if value > MOST_PORT:
            raise SettingsError(f"{name} must be at most {MOST_PORT}, not {value}.")
        return value

    def path(self, name: str, default: str | None = None) -> Path:
        """Return an absolute path."""
        return Path(self.text(name, default)).absolute()

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """Return one of `allowed`."""
        value = self.text(name, default)
        if value not in allowed:
            raise SettingsError(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")
        return value

    def secret32(self, name: str) -> bytes:
        """Return a 32-byte key, kept as base64; the value itself never enters an error."""
        try:
            value = base64.b64decode(self.text(name), validate=True)
        except binascii.Error:
            raise SettingsError(f"{name} must be base64.") from None
        if len(value) != 32:
            raise SettingsError(f"{name} must hold 32 bytes, not {len(value)}.")
        return value

    def keys32(self, name: str) -> tuple[bytes, ...]:
        """Return keys of 32 bytes each, kept as base64 with commas between them; none where it is missing."""
        texts = (self.optional(name) or "").split(",")
        return tuple(Env({name: text}).secret32(name) for text in texts if text.strip())


@dataclass(frozen=True)
class StoreSettings:
    """Where the object store is, and who this process is to it.

    `spool` is the bucket by which many hosts share what is on its way in; None on a single host.
    Without keys the process is who the machine says it is: on AWS its task role, whose credentials a
    container asks for at an address of its own, again and again.
    """

    endpoint: str | None
    region: str
    access_key: str | None
    secret_key: str | None = field(repr=False)
    originals: str = "tipline-originals"
    derivatives: str = "tipline-derivatives"
    checkpoints: str = "tipline-checkpoints"
    spool: str | None = None

    @classmethod
    def from_env(cls, env: Env) -> Self:
        """Read the `TIPLINE_S3_*` variables; no endpoint means AWS, no keys the machine's own role."""
        read = env.text if _has_keys(env) else env.optional
        return cls(
            endpoint=env.optional("TIPLINE_S3_ENDPOINT"),
            region=env.text("TIPLINE_S3_REGION", "us-east-1"),
            access_key=read("TIPLINE_S3_ACCESS_KEY"),
            secret_key=read("TIPLINE_S3_SECRET_KEY"),
            originals=env.text("TIPLINE_S3_ORIGINALS", cls.originals),
            derivatives=env.text("TIPLINE_S3_DERIVATIVES", cls.derivatives),
            checkpoints=env.text("TIPLINE_S3_CHECKPOINTS", cls.checkpoints),
            spool=env.optional("TIPLINE_SPOOL_BUCKET"),
        )


def _has_keys(env: Env) -> bool:
    """Whether one of the two keys is there, and so both must be; or nobody hands out any here."""
    names = ("TIPLINE_S3_ACCESS_KEY", "TIPLINE_S3_SECRET_KEY")
    return any(map(env.optional, names)) or not any(map(env.optional, CREDENTIAL_ADDRESSES))


@dataclass(frozen=True)
class Retention:
    """How long a tip is kept that no case has: what the citizens' page says, and the clock does.

    Counted in days of 24 hours from the last thing that the citizen sent. What was in a case stays
    `grace_days` more after it was taken out, so that a slip can be undone.
    """

    days: int = DEFAULT_RETENTION_DAYS
    mode: LockMode = "GOVERNANCE"
    grace_days: int = 14

    @classmethod
    def from_env(cls, env: Env) -> Self:
        """Read `TIPLINE_RETENTION_*`."""
        mode = env.choice("TIPLINE_RETENTION_MODE", ("GOVERNANCE", "COMPLIANCE"), "GOVERNANCE")
        days = env.integer("TIPLINE_RETENTION_DAYS", DEFAULT_RETENTION_DAYS, least=1)
        return cls(days, cast("LockMode", mode))

    @property
    def locked(self) -> bool:
        """Whether nobody can delete an original before its time."""
        return self.mode == "COMPLIANCE"
