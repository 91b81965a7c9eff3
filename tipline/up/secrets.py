"""Everything secret in one installation: made once, one file each, under DIR/secrets.

The directory is 0700 and each file 0600, both the supervisor's own. A process gets the few it needs in its
environment, and is confined away from the directory. Losing `agency-private-key` means losing what citizens
wrote; losing `checkpoint-signing-key` means a new one, and old heads and statements verify with the old
public key only; losing `thread-signing-key`, that citizens are told nobody vouches for older answers; losing
`vault-key` or `number-key`, that nobody who texted can be answered, or known again, and that the SMS door
stands aside until somebody has said that they are lost (docs/runbooks/keys.md).
"""

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from nacl.public import PrivateKey
from nacl.signing import SigningKey

from evidence.db.migrate import ROLES
from evidence.errors import SettingsError
from evidence.seal import public_key_of
from tipline.up.store_access import IDENTITIES, Keys

AGENCY_EARLIER = "agency-earlier-private-keys"
CHECKPOINT_EARLIER = "checkpoint-earlier-verify-keys"
VAULT_EARLIER = "vault-earlier-keys"
NUMBER_EARLIER = "number-earlier-keys"


@dataclass(frozen=True)
class Secrets:
    """The installation's secrets; keys are 32 bytes, passwords text.

    Earlier keys, the newest first: private ones of the agency, verifying ones of the checkpointer, those that
    numbers were sealed under and known by.
    """

    admin_password: str = field(repr=False)
    role_passwords: dict[str, str] = field(repr=False)
    agency_private_key: bytes = field(repr=False)
    checkpoint_signing_key: bytes = field(repr=False)
    thread_signing_key: bytes = field(repr=False)
    store_keys: dict[str, Keys] = field(repr=False)
    vault_key: bytes = field(repr=False)
    number_key: bytes = field(repr=False)
    texting_private_key: bytes = field(repr=False)
    carrier_token: str = field(repr=False)
    agency_earlier_keys: tuple[bytes, ...] = field(default=(), repr=False)
    checkpoint_earlier_keys: tuple[bytes, ...] = ()
    vault_earlier_keys: tuple[bytes, ...] = field(default=(), repr=False)
    number_earlier_keys: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def kept_in(cls, folder: Path) -> Self:
        """Read them, making what is not there yet.

        Raises `SettingsError` where others could read them, or (`secret_missing`) the agency's key is gone.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            raise SettingsError(f"Others can look into {folder}. Run: chmod -R go= {folder}")
        agency_private_key = _agency_key(folder)
        return cls(
            admin_password=_kept(folder / "admin-password", _password),
            role_passwords={role: _kept(folder / f"{role}-password", _password) for role in ROLES},
            agency_private_key=agency_private_key,
            checkpoint_signing_key=_key(
                folder / "checkpoint-signing-key", lambda: bytes(SigningKey.generate())
            ),
            thread_signing_key=_key(folder / "thread-signing-key", lambda: bytes(SigningKey.generate())),
            store_keys={
                name: Keys(
                    _kept(folder / f"store-{name}-access-key", lambda: secrets.token_hex(10)),
                    _kept(folder / f"store-{name}-secret-key", _password),
                )
                for name in IDENTITIES
            },
            vault_key=_key(folder / "vault-key", lambda: secrets.token_bytes(32)),
            number_key=_key(folder / "number-key", lambda: secrets.token_bytes(32)),
            texting_private_key=_key(folder / "texting-private-key", lambda: bytes(PrivateKey.generate())),
            carrier_token=_kept(folder / "carrier-token", lambda: secrets.token_hex(16)),
            agency_earlier_keys=earlier(folder / AGENCY_EARLIER),
            checkpoint_earlier_keys=earlier(folder / CHECKPOINT_EARLIER),
            vault_earlier_keys=earlier(folder / VAULT_EARLIER),
            number_earlier_keys=earlier(folder / NUMBER_EARLIER),
        )

    @property
    def agency_public_key(self) -> bytes:
        """What the public door seals to (X25519)."""
        return public_key_of(self.agency_private_key)

    @property
    def texting_public_key(self) -> bytes:
        """What the console seals to, so that the SMS door can send it (X25519)."""
        return public_key_of(self.texting_private_key)

    @property
    def checkpoint_verify_key(self) -> bytes:
        """What signed heads and statements are verified with (Ed25519)."""
        return bytes(SigningKey(self.checkpoint_signing_key).verify_key)

    @property
    def thread_verify_key(self) -> bytes:
        """What staff wrote is verified with (Ed25519)."""
        return bytes(SigningKey(self.thread_signing_key).verify_key)


def base64_of(key: bytes) -> str:
    """A key as environment variables carry it."""
    return base64.b64encode(key).decode()


def earlier(path: Path) -> tuple[bytes, ...]:
    """The keys that were in use before, one a line, the newest first."""
    lines = path.read_text().split() if path.exists() else []
    return tuple(base64.b64decode(line) for line in lines)


# What nothing brings back: whoever makes another one in silence hides that it is lost.
LASTING = (
    "agency-private-key", "checkpoint-signing-key", "thread-signing-key",
    "vault-key", "number-key", "texting-private-key",
)  # fmt: skip


def require_lasting(folder: Path) -> None:
    """Raise `SettingsError` (`secret_missing`) where a key is gone that an installation in use has."""
    gone = [name for name in LASTING if not (folder / name).exists()]
    if gone:
        raise SettingsError(
            f"Gone from {folder}: {', '.join(gone)}. What runs still has it; do not start it"
            " anew before the file is back out of a backup. docs/runbooks/keys.md says what is lost without.",
            code="secret_missing",
        )


def replace_secret(path: Path, content: str) -> None:
    """Put another content into a file that is read by its owner alone: whole, and on the disk."""
    draft = path.with_name(path.name + ".new")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(fd, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(fd)
    draft.rename(path)
    _settle(path.parent)


def _password() -> str:
    return secrets.token_urlsafe(32)


def _agency_key(folder: Path) -> bytes:
    path = folder / "agency-private-key"
    # The first secret that is made: where there are others it is lost, and another one would hide that.
    if not path.exists() and any(not file.name.startswith(path.name) for file in folder.iterdir()):
        raise SettingsError(
            f"{path} is gone, and nobody reads what citizens wrote without it. Put it back out of a backup;"
            " where there is none, docs/runbooks/keys.md says how to go on with another.",
            code="secret_missing",
        )
    return _key(path, lambda: bytes(PrivateKey.generate()))


def _key(path: Path, make: Callable[[], bytes]) -> bytes:
    return base64.b64decode(_kept(path, lambda: base64_of(make())))


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The file's content; if there is none, what `make` makes, on the disk before anyone relies on it."""
    if not path.exists():
        replace_secret(path, make())
    return path.read_text().strip()


def _settle(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
