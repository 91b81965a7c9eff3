"""`python -m tipline.run.task_secrets DIR --database HOST`: secrets for AWS, a JSON file for each process.

Each goes into the secret of that process in Secrets Manager (infra/terraform/README.md has the command), from
where ECS hands its members out as environment variables. Keys are made once and kept in DIR/keys; a second
run changes nothing. DIR stays with the operator, closed to others, and is backed up as `secrets/` is. An
account with Twilio is told in TIPLINE_TWILIO_ACCOUNT_SID and TIPLINE_TWILIO_AUTH_TOKEN.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import click

from tipline.up.environments import (
    console_environment,
    could_be_secret,
    expire_environment,
    intake_environment,
    operator_variables,
    sms_environment,
    worker_environment,
)
from tipline.up.postgres import DATABASE
from tipline.up.reach import Addresses, Reach
from tipline.up.secrets import Secrets
from tipline.up.store_access import Buckets

# Everything but secrets is Terraform's to say.
_ADDRESSES = Addresses("0.0.0.0", 8000, 8001, "", "")  # noqa: S104
_ACCOUNT = ("TIPLINE_TWILIO_ACCOUNT_SID", "TIPLINE_TWILIO_AUTH_TOKEN")


def task_secrets(secrets: Secrets, database: str, account: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What each process is told that nobody else may see, by its name.

    `database` is a host name, `account` the two variables of the account with Twilio, if there is one.
    """
    url = f"postgresql://{database}:5432/{DATABASE}?sslmode=require"
    reach = Reach(_ADDRESSES, url, None, Buckets(), secrets, operator={})
    told = {
        "intake": intake_environment(reach),
        "console": console_environment(reach),
        "worker": worker_environment(reach),
        "expire": expire_environment(reach),
        # It reads what the deletion clock writes, with the same login: no role has less that can.
        "deletions": expire_environment(reach),
        "sms": {**_without_stand_in(sms_environment(reach)), **account},
        "operator": operator_variables(reach),
        "prepare": {"TIPLINE_ROLE_PASSWORDS": json.dumps(secrets.role_passwords)},
    }
    return {
        process: {name: value for name, value in variables.items() if _is_secret(name)}
        for process, variables in told.items()
    }


def _without_stand_in(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if name not in _ACCOUNT}


def _is_secret(name: str) -> bool:
    return name == "DATABASE_URL" or could_be_secret(name)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--database", required=True, metavar="HOST", help="Terraform's output `database_address`.")
def main(folder: Path, database: str) -> None:
    """Write DIR/PROCESS.json for each process, readable by you alone."""
    account = {name: os.environ[name] for name in _ACCOUNT if os.environ.get(name)}
    for process, secret in task_secrets(Secrets.kept_in(folder / "keys"), database, account).items():
        file = folder / f"{process}.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(secret, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
