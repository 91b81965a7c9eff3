"""How a process reaches the rest of an installation: addresses, its own login, its own keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

from evidence.errors import SettingsError
from tipline.up.secrets import Secrets
from tipline.up.store import REGION
from tipline.up.store_access import Buckets

# What one process may alone, and the public door's for the one bucket that it knows.
_OWN_PAIRS = {
    "expire": ("TIPLINE_S3_EXPIRE_ACCESS_KEY", "TIPLINE_S3_EXPIRE_SECRET_KEY"),
    "intake": ("TIPLINE_S3_INTAKE_ACCESS_KEY", "TIPLINE_S3_INTAKE_SECRET_KEY"),
}
_WHERE = ("TIPLINE_S3_ENDPOINT", "TIPLINE_S3_REGION")


@dataclass(frozen=True)
class Addresses:
    """Where the doors listen, and under which origins people, and the carrier, reach them.

    `carrier_port` is the stand-in's for a carrier; 0 where the operator has an account with one.
    `https_port` is where phones in the room come; 0 where they do not.
    """

    host: str
    intake_port: int
    console_port: int
    intake_url: str
    console_url: str
    sms_port: int = 8002
    sms_url: str = "http://127.0.0.1:8002/sms"
    carrier_port: int = 0
    https_port: int = 0


@dataclass(frozen=True)
class Reach:
    """Everything by which a process's environment is written.

    `database` is a URL without login; `store_endpoint` is the embedded store's. None means a store of the
    operator's own: its `TIPLINE_S3_*` come from `operator`, the environment of whoever typed the command.
    """

    addresses: Addresses
    database: str
    store_endpoint: str | None
    buckets: Buckets
    secrets: Secrets
    operator: Mapping[str, str] = field(repr=False)

    def database_url(self, role: str) -> str:
        """The connection string of one role."""
        return with_login(self.database, role, self.secrets.role_passwords[role])

    def store_variables(self, identity: str) -> dict[str, str]:
        """The `TIPLINE_S3_*` variables of one identity."""
        if self.store_endpoint is None:
            return self._own_store_variables(identity)
        keys = self.secrets.store_keys[identity]
        return {
            "TIPLINE_S3_ENDPOINT": self.store_endpoint,
            "TIPLINE_S3_REGION": REGION,
            "TIPLINE_S3_ACCESS_KEY": keys.access_key,
            "TIPLINE_S3_SECRET_KEY": keys.secret_key,
            "TIPLINE_S3_ORIGINALS": self.buckets.originals,
            "TIPLINE_S3_DERIVATIVES": self.buckets.derivatives,
            "TIPLINE_S3_CHECKPOINTS": self.buckets.checkpoints,
        }

    def _own_store_variables(self, identity: str) -> dict[str, str]:
        """The operator's own, the same for every identity; but the pair that deletes is the clock's alone."""
        given = {name: value for name, value in self.operator.items() if name.startswith("TIPLINE_S3_")}
        own = {of: [given.pop(name, None) for name in names] for of, names in _OWN_PAIRS.items()}
        access, secret = own.get(identity, (None, None))
        if access and secret:
            given["TIPLINE_S3_ACCESS_KEY"], given["TIPLINE_S3_SECRET_KEY"] = access, secret
        return given

    def spool_variables(self) -> dict[str, str]:
        """What the public door is told of the store: nothing, unless many hosts share a bucket of uploads.

        Raises `SettingsError` where that is asked for and cannot be.
        """
        if not self.operator.get("TIPLINE_SPOOL_BUCKET"):
            return {}
        if self.store_endpoint is not None or not self.operator.get("DATABASE_URL"):
            raise SettingsError(
                "TIPLINE_SPOOL_BUCKET is for several hosts: they share a database (DATABASE_URL) and a store"
                " (TIPLINE_S3_*) of your own, and this one would run its own."
            )
        if not all(self.operator.get(name) for name in _OWN_PAIRS["intake"]):
            raise SettingsError(
                "TIPLINE_SPOOL_BUCKET needs TIPLINE_S3_INTAKE_ACCESS_KEY and TIPLINE_S3_INTAKE_SECRET_KEY:"
                " keys of that bucket alone. The public door is given no others."
            )
        told = self._own_store_variables("intake")
        pair = ("TIPLINE_S3_ACCESS_KEY", "TIPLINE_S3_SECRET_KEY")
        return {name: told[name] for name in (*_WHERE, *pair) if name in told}


def without_login(url: str) -> str:
    """The same database URL without user and password; raises `SettingsError` for another way to say it."""
    parts = urlsplit(url)
    if not parts.scheme.startswith("postgres"):
        raise SettingsError(
            "DATABASE_URL must be an address like postgresql://admin:password@host:5432/tipline."
        )
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def with_login(url: str, role: str, password: str) -> str:
    """The same database URL, as one role."""
    parts = urlsplit(without_login(url))
    return urlunsplit(parts._replace(netloc=f"{quote(role)}:{quote(password, safe='')}@{parts.netloc}"))
