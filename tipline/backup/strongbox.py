"""The installation's secrets in a backup: sealed in age's format, which any `age` opens without us.

age-encryption.org/v1: to a passphrase (scrypt), or to public keys of operators, `age1...` (X25519).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyrage

from evidence.errors import Forbidden, Invalid


@dataclass(frozen=True)
class Lock:
    """To whom secrets are sealed: a passphrase, or public keys."""

    passphrase: str | None = field(default=None, repr=False)
    recipients: Sequence[str] = ()

    def seal(self, secrets: bytes) -> bytes:
        """Seal; raises `Invalid` (`bad_recipient`)."""
        if self.passphrase is not None:
            return bytes(pyrage.passphrase.encrypt(secrets, self.passphrase))
        try:
            keys = [pyrage.x25519.Recipient.from_str(text) for text in self.recipients]
        except pyrage.RecipientError:
            raise Invalid("Not a public key of age: it begins with age1.", code="bad_recipient") from None
        return bytes(pyrage.encrypt(secrets, keys))


@dataclass(frozen=True)
class Opener:
    """What opens them again: the passphrase, or one's own key, `AGE-SECRET-KEY-...`."""

    passphrase: str | None = field(default=None, repr=False)
    identity: str | None = field(default=None, repr=False)

    def open(self, sealed: bytes) -> bytes:
        """Open; raises `Forbidden` (`secrets_closed`) where this is not what they were sealed to."""
        try:
            if self.passphrase is not None:
                return bytes(pyrage.passphrase.decrypt(sealed, self.passphrase))
            return bytes(pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(self.identity or "")]))
        except (pyrage.DecryptError, pyrage.IdentityError):
            raise Forbidden(
                "This passphrase or key does not open the backup's secrets.", code="secrets_closed"
            ) from None


def gathered(folder: Path) -> bytes:
    """Every secret in a folder, by name, as JSON."""
    return json.dumps({file.name: file.read_text() for file in sorted(folder.iterdir())}).encode()


def laid_out(secrets: bytes, folder: Path) -> None:
    """Write them into a folder that is not there yet, for its owner's eyes alone."""
    folder.mkdir(mode=0o700, parents=True)
    for name, content in json.loads(secrets).items():
        file = folder / Path(name).name
        file.touch(mode=0o600)
        file.write_text(content)
