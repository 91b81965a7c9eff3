"""`python -m tipline.run.keys DIR`: every secret for compose.yaml, one environment file for each service.

Written once; a second run changes nothing. DIR is to be 0700: the files in it are read by docker compose, and
one (the store's) by a container of another uid.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from tipline.up.environments import (
    console_environment,
    intake_environment,
    operator_variables,
    worker_environment,
)
from tipline.up.postgres import ADMIN, DATABASE
from tipline.up.reach import Addresses, Reach, with_login
from tipline.up.secrets import Secrets
from tipline.up.store_access import STEWARD, Buckets, s3_configuration

_DATABASE, _STORE = f"postgresql://database:5432/{DATABASE}?sslmode=disable", "http://store:8333"
# Inside their containers both doors listen everywhere; compose.yaml publishes them on loopback.
_ADDRESSES = Addresses("0.0.0.0", 8000, 8001, "http://127.0.0.1:8000", "http://localhost:8001")  # noqa: S104


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
        ("operator", operator_variables(reach)),
        ("prepare", prepare),
        ("database", database),
    ):
        _write(folder / f"{name}.env", variables)
    identities = folder / "s3.json"
    identities.write_text(s3_configuration(reach.buckets, secrets.store_keys))
    identities.chmod(0o644)


def _write(path: Path, variables: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    # Quoted: compose would otherwise take a $ for a variable of its own.
    path.write_text("".join(f"{name}='{value}'\n" for name, value in sorted(variables.items())))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
