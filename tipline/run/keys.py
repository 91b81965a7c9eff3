"""`python -m tipline.run.keys DIR`: every secret for compose.yaml, one environment file for each service.

Written once; a second run changes nothing. DIR is to be 0700: the files in it are read by docker compose, and
those of the store by a container of another uid.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from tipline.up.environments import (
    console_environment,
    expire_environment,
    intake_environment,
    operator_variables,
    sms_environment,
    worker_environment,
)
from tipline.up.postgres import ADMIN, DATABASE
from tipline.up.reach import Addresses, Reach, with_login
from tipline.up.secrets import Secrets
from tipline.up.store_access import STEWARD, Buckets, s3_configuration
from tipline.up.store_locks import write_locks

_DATABASE, _STORE = f"postgresql://database:5432/{DATABASE}?sslmode=disable", "http://store:8333"
_STORE_SETTINGS = Path("/run/store/.seaweedfs")  # where compose.yaml mounts it
# Inside their containers both doors listen everywhere; compose.yaml publishes them on loopback.
_ADDRESSES = Addresses("0.0.0.0", 8000, 8001, "http://127.0.0.1:8000", "http://localhost:8001")  # noqa: S104
# The SMS door's account with Twilio, and the address it is told of, are the operator's to add (compose.yaml).
_SMS_DOOR = "http://intake:8000"


def main(folder: Path) -> None:
    """Write the secrets, the environment files made of them, and the store's list of identities."""
    secrets = Secrets.kept_in(folder / "keys")
    reach = Reach(_ADDRESSES, _DATABASE, _STORE, Buckets(), secrets, operator={})
    prepare = {
        **reach.store_variables(STEWARD),
        "DATABASE_URL": with_login(_DATABASE, ADMIN, secrets.admin_password),
        "TIPLINE_ROLE_PASSWORDS": json.dumps(secrets.role_passwords),
    }
    database = {
        "POSTGRES_USER": ADMIN,
        "POSTGRES_PASSWORD": secrets.admin_password,
        "POSTGRES_DB": DATABASE,
        "POSTGRES_INITDB_ARGS": "--auth=scram-sha-256",
    }
    for name, variables in (
        ("intake", intake_environment(reach)),
        ("console", console_environment(reach)),
        ("worker", worker_environment(reach)),
        ("expire", expire_environment(reach)),
        ("sms", _without_account({**sms_environment(reach), "TIPLINE_SMS_FRONT_DOOR": _SMS_DOOR})),
        ("operator", operator_variables(reach)),
        ("prepare", prepare),
        ("database", database),
    ):
        _write(folder / f"{name}.env", variables)
    _write_store(folder / "store", s3_configuration(reach.buckets, secrets.store_keys))


def _without_account(variables: Mapping[str, str]) -> dict[str, str]:
    told = ("TIPLINE_TWILIO_", "TIPLINE_SMS_URL")
    return {name: value for name, value in variables.items() if not name.startswith(told)}


def _write_store(folder: Path, identities: str) -> None:
    """The store's own folder, read by a container of another uid; what is above it is closed to others."""
    if not folder.exists():
        folder.mkdir()
        write_locks(folder, seen_as=_STORE_SETTINGS)
    (folder / "s3.json").write_text(identities)
    for file in folder.iterdir():
        file.chmod(0o644)
    folder.chmod(0o755)


def _write(path: Path, variables: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    # Quoted: compose would otherwise take a $ for a variable of its own.
    path.write_text("".join(f"{name}='{value}'\n" for name, value in sorted(variables.items())))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
