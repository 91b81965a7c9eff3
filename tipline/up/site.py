"""One installation on one machine: where its state lies, where it listens, what of it is embedded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from evidence.errors import SettingsError
from evidence.settings import Env
from tipline.up.accounts import Accounts, choose_accounts, hand_over
from tipline.up.carrier_account import has_account
from tipline.up.ports import LOOPBACK, free_ports, in_url, is_free, reachable
from tipline.up.postgres import EmbeddedPostgres
from tipline.up.reach import Addresses, Reach, without_login
from tipline.up.secrets import Secrets
from tipline.up.store import EmbeddedStore
from tipline.up.store_access import Buckets


@dataclass(frozen=True)
class Folders:
    """What lies where under DIR."""

    root: Path

    @property
    def secrets(self) -> Path:
        """The supervisor's own (0700)."""
        return self.root / "secrets"

    @property
    def run(self) -> Path:
        """The lock, the roll of children, the addresses: nothing secret, but the supervisor's own (0700)."""
        return self.root / "run"

    @property
    def spool(self) -> Path:
        """Uploads in flight: the public door's and the worker's; the console reads it."""
        return self.root / "spool"

    @property
    def authority(self) -> Path:
        """The key and certificate of an authority for phones in the room: the supervisor's own (0700)."""
        return self.root / "authority"

    @property
    def https(self) -> Path:
        """What that authority certified, for the public door to read."""
        return self.root / "https"

    @property
    def logs(self) -> Path:
        """The children's output (0700)."""
        return self.root / "log"

    @property
    def scratch(self) -> Path:
        """A room for temporary files, one corner for each process."""
        return self.root / "scratch"

    def make_passages(self) -> Self:
        """Make what must be there before all else: 0711 lets each account through to its own part."""
        for passage, mode in (
            (self.root, 0o711),
            (self.scratch, 0o711),
            (self.run, 0o700),
            (self.logs, 0o700),
        ):
            passage.mkdir(parents=True, exist_ok=True)
            passage.chmod(mode)
        return self

    def hand_out(self, accounts: Accounts) -> None:
        """Give each process its corner, and the spool to those that share it."""
        hand_over(self.spool, accounts.intake, 0o2770, group=accounts.spool_group)
        hand_over(self.scratch / "intake", accounts.intake, 0o700)
        hand_over(self.scratch / "worker", accounts.worker, 0o700)
        hand_over(self.scratch / "console", accounts.console, 0o700)
        hand_over(self.scratch / "sms", accounts.sms, 0o700)
        hand_over(self.scratch / "carrier", accounts.carrier, 0o700)
        hand_over(self.scratch / "expire", accounts.expire, 0o700)


@dataclass(frozen=True)
class Site:
    """Everything decided before anything is started."""

    folders: Folders
    accounts: Accounts
    reach: Reach
    admin_url: str = field(repr=False)
    postgres: EmbeddedPostgres | None
    store: EmbeddedStore | None

    @classmethod
    def prepare(cls, folders: Folders, addresses: Addresses, operator: Mapping[str, str]) -> Self:
        """Make directories and secrets, and decide what is embedded from the operator's environment."""
        secrets = Secrets.kept_in(folders.secrets)
        accounts = choose_accounts(folders.root, folders.run / "accounts.json")
        folders.hand_out(accounts)
        buckets = _buckets_named(operator)
        postgres = EmbeddedPostgres(
            folders.root / "postgres",
            password=secrets.admin_password,
            account=accounts.postgres,
            log=folders.logs / "postgres.log",
        )
        store = EmbeddedStore(
            folders.root / "store",
            keys=secrets.store_keys,
            buckets=buckets,
            account=accounts.store,
            log=folders.logs / "store.log",
        )
        own_database, own_store = operator.get("DATABASE_URL"), _has_own_store(operator)
        admin_url = own_database or postgres.admin_url
        reach = Reach(
            addresses,
            without_login(admin_url),
            None if own_store else store.endpoint,
            buckets,
            secrets,
            operator,
        )
        reach.spool_variables()  # refused before anything is started
        return cls(
            folders=folders,
            accounts=accounts,
            reach=reach,
            admin_url=admin_url,
            postgres=None if own_database else postgres,
            store=None if own_store else store,
        )

    def places(self, name: str) -> dict[str, str]:
        """Where one process may put its files, as it is told."""
        scratch = str(self.folders.scratch / name)
        told = {"TIPLINE_SCRATCH": scratch, "TMPDIR": scratch}
        if name in ("intake", "worker", "expire", "console"):
            told["TIPLINE_SPOOL"] = str(self.folders.spool)
        if name == "intake" and self.reach.addresses.https_port:
            told["TIPLINE_HTTPS_FOLDER"] = str(self.folders.https)
        if name in ("worker", "expire") and self.store:
            told["TIPLINE_STORE_DISK"] = str(self.store.disk)
        return told


def choose_addresses(
    host: str,
    intake_port: int,
    console_port: int,
    operator: Mapping[str, str],
    *,
    sms_port: int = 0,
    https_url: str | None = None,
) -> Addresses:
    """Take the ports asked for, or any free one for 0; raises `SettingsError` where one is taken.

    Whether the public door's is, `listening_on` has found out. `https_url` is where phones in the room come.
    """
    wanted = {"intake": intake_port, "console": console_port, "sms": sms_port}
    for name in ("console", "sms"):
        if wanted[name] and not is_free(wanted[name], host):
            raise SettingsError(
                f"Port {wanted[name]} is in use. Choose another with --{name}-port or"
                f" TIPLINE_{name.upper()}_PORT; 0 takes any free one."
            )
    stands_in = not has_account(operator)
    missing = [name for name, port in wanted.items() if port == 0] + ["carrier"] * stands_in
    ports = {**wanted, **free_ports(missing)}
    # Passkeys want a name, not a number, and the two doors must not share cookies.
    public, staff = (host, "localhost") if host == LOOPBACK else (in_url(host), in_url(host))
    intake_url = operator.get("TIPLINE_INTAKE_URL") or https_url or f"http://{public}:{ports['intake']}"
    # An account's webhooks come through whatever proxy stands before the public door, a stand-in's directly.
    local, proxied = f"http://{reachable(host)}:{ports['sms']}/sms", f"{intake_url.rstrip('/')}/sms"
    return Addresses(
        host=host,
        intake_port=ports["intake"],
        console_port=ports["console"],
        intake_url=intake_url,
        console_url=operator.get("TIPLINE_CONSOLE_URL") or f"http://{staff}:{ports['console']}",
        sms_port=ports["sms"],
        sms_url=local if stands_in else operator.get("TIPLINE_SMS_URL") or proxied,
        carrier_port=ports.get("carrier", 0),
        https_port=urlsplit(https_url or "").port or 0,
    )


def _buckets_named(operator: Mapping[str, str]) -> Buckets:
    env = Env(operator)
    return Buckets(
        env.text("TIPLINE_S3_ORIGINALS", Buckets.originals),
        env.text("TIPLINE_S3_DERIVATIVES", Buckets.derivatives),
        env.text("TIPLINE_S3_CHECKPOINTS", Buckets.checkpoints),
        env.optional("TIPLINE_SPOOL_BUCKET"),
    )


def _has_own_store(operator: Mapping[str, str]) -> bool:
    """Whether the operator named a store of their own: an endpoint (none means AWS) and a pair of keys."""
    endpoint, access, secret = (
        operator.get(f"TIPLINE_S3_{name}") for name in ("ENDPOINT", "ACCESS_KEY", "SECRET_KEY")
    )
    if (endpoint or access or secret) and not (access and secret):
        raise SettingsError("A store of your own needs TIPLINE_S3_ACCESS_KEY and TIPLINE_S3_SECRET_KEY.")
    return bool(access)
