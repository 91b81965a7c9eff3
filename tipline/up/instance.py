"""A running installation, as the command line finds it: `DIR/run/instance.json`, without secrets."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from evidence.errors import SettingsError, Unavailable
from evidence.settings import Env
from evidence.version import VERSION
from tipline.carrier.account import demonstration_sid
from tipline.up.environments import operator_variables, settings_handed_on
from tipline.up.ports import LOOPBACK, in_url, reachable
from tipline.up.postgres import ADMIN
from tipline.up.processes import Identity, identity_of, runs
from tipline.up.reach import Addresses, Reach, with_login
from tipline.up.secrets import Secrets, require_lasting
from tipline.up.site import Folders, Site
from tipline.up.store_access import Buckets

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 (told apart, not listened on)
_USUAL = f"http://{LOOPBACK}:8000"


def note_instance(site: Site, pids: Mapping[str, int]) -> None:
    """Write down where everything is. `pids` are of this moment: a child that dies gets another one."""
    us, note = identity_of(os.getpid()), _note(site.folders)
    content = {
        "supervisor": asdict(us) if us else None,
        "pids": dict(pids),
        "addresses": asdict(site.reach.addresses),
        "database": site.reach.database,
        "store": site.reach.store_endpoint,
        "buckets": asdict(site.reach.buckets),
        "store_side_doors": site.store.side_doors if site.store else {},
        "settings": settings_handed_on(site.reach.operator),
        "version": VERSION,
    }
    draft = note.with_suffix(".new")
    draft.write_text(json.dumps(content, indent=1))
    draft.rename(note)


def forget_instance(folders: Folders) -> None:
    """Remove the note: nothing runs any more."""
    _note(folders).unlink(missing_ok=True)


def operator_environment(data_dir: Path, operator: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of the operator's command line, for the installation that runs on `data_dir`.

    `operator` is what the operator has set (by default `os.environ`): the keys of a store of their own come
    from there; where others run the system (compose), it is the whole answer. Raises `Unavailable` where
    nothing runs, `SettingsError` where this user may not look.
    """
    operator = os.environ if operator is None else operator
    if says_it_all(operator):
        return dict(operator)
    return operator_variables(read_note(data_dir, operator).reach)


@dataclass(frozen=True)
class Note:
    """What is noted of a running installation; `settings` and `version` are those it was started with."""

    reach: Reach
    pids: Mapping[str, int]
    settings: Mapping[str, str]
    version: str


def read_note(data_dir: Path, operator: Mapping[str, str] | None = None) -> Note:
    """Read what is noted of the installation on `data_dir`; raises as `operator_environment`."""
    content = _running(data_dir)
    reach = Reach(
        addresses=Addresses(**content["addresses"]),
        database=content["database"],
        store_endpoint=content["store"],
        buckets=Buckets(**content["buckets"]),
        secrets=_secrets(Folders(data_dir.absolute())),
        operator=os.environ if operator is None else operator,
    )
    return Note(reach, content["pids"], content["settings"], content["version"])


@dataclass(frozen=True)
class Embedded:
    """An installation that runs here with database and store of its own: what a backup reads."""

    folders: Folders
    admin_url: str = field(repr=False)
    store_pid: int
    buckets: Buckets


def embedded(data_dir: Path) -> Embedded:
    """Find what runs on `data_dir`; raises `Unavailable` where nothing does, or the store is just away.

    `SettingsError` (`not_embedded`) where database or store are the operator's own.
    """
    content, folders = _running(data_dir), Folders(data_dir.absolute())
    if content["store"] is None or "postgres" not in content["pids"]:
        raise SettingsError(
            "Database or store are your own here, and are backed up there: see docs/runbooks/aws.md.",
            code="not_embedded",
        )
    pid = content["pids"].get("store")
    if pid is None or not runs(pid, "weed"):
        raise Unavailable("The store is just being started again; try once more.", code="store_away")
    password = _secrets(folders).admin_password
    return Embedded(
        folders, with_login(content["database"], ADMIN, password), pid, Buckets(**content["buckets"])
    )


def console_address(data_dir: Path) -> str:
    """The console's origin, as reviewers reach it."""
    if says_it_all(os.environ):
        return os.environ["TIPLINE_CONSOLE_URL"].rstrip("/")
    return str(_running(data_dir)["addresses"]["console_url"])


def intake_address(data_dir: Path, environment: Mapping[str, str]) -> str:
    """The public door's address as it is reached from here.

    It is what the environment sets; else what runs on `data_dir`, as far as this user may look; else the
    usual. Raises `SettingsError` where a setting is none.
    """
    env = Env(environment)
    if url := env.optional("TIPLINE_INTAKE_URL"):
        return url
    # 0 is any free port: only the note knows which.
    if port := env.port("TIPLINE_INTAKE_PORT", 0):
        host = env.text("TIPLINE_HOST", LOOPBACK)
        host = LOOPBACK if host in _EVERYWHERE else host
        return f"http://{in_url(host)}:{port}"
    try:
        addresses = Addresses(**_running(data_dir)["addresses"])
        # What phones have to be told to trust, this machine need not.
        local = f"http://{reachable(addresses.host)}:{addresses.intake_port}"
        return local if addresses.https_port else addresses.intake_url
    except (SettingsError, Unavailable):
        return _USUAL


@dataclass(frozen=True)
class Phone:
    """A phone that is played: where the stand-in for the carrier has it, and as whom one asks there."""

    url: str
    login: tuple[str, str] = field(repr=False)


def phone_of(data_dir: Path, number: str) -> Phone:
    """The phone with this number, on what runs on `data_dir`.

    Raises `Unavailable` where nothing runs, `SettingsError` where texts go through an account with a carrier.
    """
    port = _running(data_dir)["addresses"]["carrier_port"]
    if not port:
        raise SettingsError("Texts go through your account with Twilio: take a phone, and text its number.")
    token = _secrets(Folders(data_dir.absolute())).carrier_token
    return Phone(f"http://{LOOPBACK}:{port}/phones/{number}/messages", (demonstration_sid(token), token))


def says_it_all(environment: Mapping[str, str]) -> bool:
    """Whether this is an operator's environment already: only those hold the key that verifies heads."""
    return {"DATABASE_URL", "TIPLINE_CHECKPOINT_VERIFY_KEY", "TIPLINE_CONSOLE_URL"} <= environment.keys()


def _secrets(folders: Folders) -> Secrets:
    """Those of what runs here; none is made in the place of one that is gone."""
    require_lasting(folders.secrets)
    return Secrets.kept_in(folders.secrets)


def _running(data_dir: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(_note(Folders(data_dir)).read_text())
    except FileNotFoundError:
        content = {}
    except PermissionError:
        raise SettingsError(
            f"{data_dir} belongs to another user; be the one who runs `tipline up`."
        ) from None
    supervisor = content.get("supervisor")
    if not supervisor or not Identity(**supervisor).alive:
        raise Unavailable(f"Nothing runs on {data_dir}. Start it with: tipline up --data {data_dir}")
    return content


def _note(folders: Folders) -> Path:
    return folders.run / "instance.json"
