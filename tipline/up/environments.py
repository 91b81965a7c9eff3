"""What each process is told, and nothing more: its environment is written from scratch.

Settings that the operator gave (`TIPLINE_*`) are handed on; whatever could be a secret is not, unless it is
that process's own.
"""

from collections.abc import Mapping

from tipline.up.carrier_account import carrier_account
from tipline.up.ports import reachable
from tipline.up.reach import Reach
from tipline.up.secrets import base64_of

_COULD_BE_SECRET = frozenset(
    {"KEY", "KEYS", "SECRET", "SECRETS", "TOKEN", "TOKENS", "PASSWORD", "PASSWORDS", "SID"}
)
# glibc gives threads heaps of their own, and each keeps what its busiest moment took. Python lets one thread
# run at a time anyhow: one heap serves them all, and a thousand phones take 2 MB less (mallopt(3)).
ONE_HEAP = {"MALLOC_ARENA_MAX": "1"}


def settings_handed_on(operator: Mapping[str, str]) -> dict[str, str]:
    """The operator's settings that every process may know: neither secrets nor the store's address."""
    return {
        name: value
        for name, value in operator.items()
        if name.startswith("TIPLINE_") and not name.startswith("TIPLINE_S3_") and not could_be_secret(name)
    }


def could_be_secret(name: str) -> bool:
    """Whether a variable's name says that its value may be a secret."""
    return not _COULD_BE_SECRET.isdisjoint(name.split("_"))


def intake_environment(reach: Reach) -> dict[str, str]:
    """The public door: its database role, the agency's public key, what signatures are checked with.

    No store, no private key; among several hosts, the keys of the bucket of uploads on their way.
    """
    return {
        **_common(reach, "intake"),
        **reach.spool_variables(),
        **ONE_HEAP,
        "TIPLINE_AGENCY_PUBLIC_KEY": base64_of(reach.secrets.agency_public_key),
        "TIPLINE_THREAD_VERIFY_KEY": base64_of(reach.secrets.thread_verify_key),
        "TIPLINE_CHECKPOINT_VERIFY_KEY": base64_of(reach.secrets.checkpoint_verify_key),
        "TIPLINE_CHECKPOINT_EARLIER_KEYS": _list_of(reach.secrets.checkpoint_earlier_keys),
    }


def console_environment(reach: Reach) -> dict[str, str]:
    """The console: its role, reading the store, the agency's keys, the one that signs what staff write."""
    return {
        **_common(reach, "console"),
        **reach.store_variables("console"),
        "TIPLINE_AGENCY_PUBLIC_KEY": base64_of(reach.secrets.agency_public_key),
        "TIPLINE_AGENCY_PRIVATE_KEY": base64_of(reach.secrets.agency_private_key),
        "TIPLINE_AGENCY_EARLIER_KEYS": _list_of(reach.secrets.agency_earlier_keys),
        "TIPLINE_THREAD_SIGNING_KEY": base64_of(reach.secrets.thread_signing_key),
        "TIPLINE_TEXTING_PUBLIC_KEY": base64_of(reach.secrets.texting_public_key),
    }


def sms_environment(reach: Reach) -> dict[str, str]:
    """The SMS door: its role, the carrier's token, the keys of the vault and its own. It reads no tip."""
    addresses = reach.addresses
    return {
        **_common(reach, "sms"),
        **ONE_HEAP,
        **carrier_account(reach).variables(),
        "TIPLINE_AGENCY_PUBLIC_KEY": base64_of(reach.secrets.agency_public_key),
        "TIPLINE_VAULT_KEY": _list_of((reach.secrets.vault_key, *reach.secrets.vault_earlier_keys)),
        "TIPLINE_NUMBER_KEY": _list_of((reach.secrets.number_key, *reach.secrets.number_earlier_keys)),
        "TIPLINE_TEXTING_PRIVATE_KEY": base64_of(reach.secrets.texting_private_key),
        "TIPLINE_SMS_FRONT_DOOR": f"http://{reachable(addresses.host)}:{addresses.intake_port}",
    }


def carrier_environment(reach: Reach) -> dict[str, str]:
    """The stand-in for the carrier: whom it tells, and by which token they know each other."""
    account = carrier_account(reach)
    return {
        "TIPLINE_TWILIO_AUTH_TOKEN": account.token,
        "TIPLINE_SMS_URL": reach.addresses.sms_url,
        "TIPLINE_CARRIER_PORT": str(reach.addresses.carrier_port),
    }


def worker_environment(reach: Reach) -> dict[str, str]:
    """The worker: its role, writing the store, the key that signs checkpoints, the one it seals to."""
    return {
        **_common(reach, "worker"),
        **reach.store_variables("worker"),
        "TIPLINE_AGENCY_PUBLIC_KEY": base64_of(reach.secrets.agency_public_key),
        "TIPLINE_CHECKPOINT_SIGNING_KEY": base64_of(reach.secrets.checkpoint_signing_key),
    }


def expire_environment(reach: Reach) -> dict[str, str]:
    """The deletion clock: its role, and the one pair of keys that passes a lock by. It opens nothing."""
    return {**_common(reach, "expire"), **reach.store_variables("expire")}


def operator_variables(reach: Reach) -> dict[str, str]:
    """The operator's command line: its role, reading the store, opening what was sealed, verifying heads."""
    return {
        **settings_handed_on(reach.operator),
        **_addresses(reach),
        **reach.store_variables("operator"),
        "DATABASE_URL": reach.database_url("tipline_operator"),
        "TIPLINE_AGENCY_PUBLIC_KEY": base64_of(reach.secrets.agency_public_key),
        "TIPLINE_AGENCY_PRIVATE_KEY": base64_of(reach.secrets.agency_private_key),
        "TIPLINE_AGENCY_EARLIER_KEYS": _list_of(reach.secrets.agency_earlier_keys),
        "TIPLINE_CHECKPOINT_VERIFY_KEY": base64_of(reach.secrets.checkpoint_verify_key),
        "TIPLINE_CHECKPOINT_EARLIER_KEYS": _list_of(reach.secrets.checkpoint_earlier_keys),
    }


def _list_of(keys: tuple[bytes, ...]) -> str:
    return ",".join(base64_of(key) for key in keys)


def _common(reach: Reach, name: str) -> dict[str, str]:
    return {
        **settings_handed_on(reach.operator),
        **_addresses(reach),
        "DATABASE_URL": reach.database_url(f"tipline_{name}"),
    }


def _addresses(reach: Reach) -> dict[str, str]:
    addresses = reach.addresses
    return {
        "TIPLINE_HOST": addresses.host,
        "TIPLINE_INTAKE_PORT": str(addresses.intake_port),
        "TIPLINE_CONSOLE_PORT": str(addresses.console_port),
        "TIPLINE_INTAKE_URL": addresses.intake_url,
        "TIPLINE_CONSOLE_URL": addresses.console_url,
        "TIPLINE_SMS_PORT": str(addresses.sms_port),
        "TIPLINE_SMS_URL": addresses.sms_url,
    }
