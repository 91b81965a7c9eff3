"""New keys in the place of old ones, while nothing runs; what the old ones made stays readable.

An agency's old private key is kept, since it opens what was sealed to it. The checkpointer's old signing key
is destroyed, and its public half kept: nobody signs a head of the past any more, and everybody can check one.
Earlier keys of the vault of numbers are kept until the SMS door has brought every number to the new one.
"""

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from nacl.public import PrivateKey
from nacl.signing import SigningKey

from evidence.errors import Conflict, Invalid
from evidence.vault import KeyInUse, key_id
from tipline.up.secrets import (
    AGENCY_EARLIER,
    CHECKPOINT_EARLIER,
    NUMBER_EARLIER,
    VAULT_EARLIER,
    Secrets,
    base64_of,
    earlier,
    replace_secret,
)


def rotate_agency_key(folder: Path) -> str:
    """Make another agency pair; return what it means."""
    kept = Secrets.kept_in(folder)
    _note_earlier(folder / AGENCY_EARLIER, kept.agency_private_key)
    replace_secret(folder / "agency-private-key", base64_of(bytes(PrivateKey.generate())))
    return "What comes from now on is sealed to a new key; the old one is kept, to open what came before."


def rotate_checkpoint_key(folder: Path) -> str:
    """Make another pair that signs heads and statements; return what it means."""
    kept = Secrets.kept_in(folder)
    _note_earlier(folder / CHECKPOINT_EARLIER, kept.checkpoint_verify_key)
    replace_secret(folder / "checkpoint-signing-key", base64_of(bytes(SigningKey.generate())))
    published = ",".join(
        key.hex()
        for key in (Secrets.kept_in(folder).checkpoint_verify_key, *earlier(folder / CHECKPOINT_EARLIER))
    )
    return (
        f"Heads and statements are signed with a new key. Publish, in the place of the old one: {published}"
    )


def rotate_vault_key(folder: Path) -> str:
    """Make another key that numbers are sealed under; return what it means."""
    _note_earlier(folder / VAULT_EARLIER, Secrets.kept_in(folder).vault_key)
    replace_secret(folder / "vault-key", base64_of(secrets.token_bytes(32)))
    return (
        "Numbers are sealed under a new key from the next start on, and those that are there are sealed anew"
        " while it runs. `tipline texts` counts what is left; then `tipline rotate vault-key --finish`."
    )


def rotate_number_key(folder: Path) -> str:
    """Make another key by which numbers are known again; return what it means."""
    _note_earlier(folder / NUMBER_EARLIER, Secrets.kept_in(folder).number_key)
    replace_secret(folder / "number-key", base64_of(secrets.token_bytes(32)))
    return (
        "Who texts is known by a new key from the next start on. The old one is kept for those who said STOP:"
        " `tipline texts` counts them."
    )


def rotate_passwords(folder: Path) -> str:
    """Forget the passwords of all processes' database roles, and the store's keys; return what it means."""
    Secrets.kept_in(folder)
    for pattern in ("tipline_*-password", "store-*-key"):
        for file in folder.glob(pattern):
            file.unlink()
    return "Every process gets a new database password and new keys to the store at the next start."


ROTATIONS: dict[str, Callable[[Path], str]] = {
    "agency-key": rotate_agency_key,
    "checkpoint-key": rotate_checkpoint_key,
    "number-key": rotate_number_key,
    "passwords": rotate_passwords,
    "vault-key": rotate_vault_key,
}


def finish(folder: Path, what: str, in_use: Sequence[KeyInUse]) -> str:
    """Destroy the keys before `vault-key` or `number-key`, as far as nothing lies under them; say so.

    `in_use` is what the database says. Raises `Conflict` (`still_needed`), `Invalid` (`no_finish`) of others.
    """
    if what not in _EARLIER:
        raise Invalid(f"Nothing is to be finished of {what}: its old ones are kept.", code="no_finish")
    name, kept = _EARLIER[what], Secrets.kept_in(folder)
    newest = key_id(kept.vault_key if what == "vault-key" else kept.number_key)
    used = next((key for key in in_use if f"{key.what}-key" == what), None)
    if used is None or used.id != newest or used.left_over is None:
        raise Conflict(
            f"The SMS door has not gone through all numbers under the new {what} yet: start it, and look at"
            " `tipline texts`.",
            code="still_needed",
        )
    if used.left_over:
        raise Conflict(f"{used.left_over} numbers still lie under an earlier {what}.", code="still_needed")
    (folder / name).unlink(missing_ok=True)
    return f"Nothing lies under an earlier {what} any more, and none is kept."


_EARLIER = {"vault-key": VAULT_EARLIER, "number-key": NUMBER_EARLIER}


def _note_earlier(path: Path, key: bytes) -> None:
    """Put a key before those that are noted already; one that is there is not noted twice."""
    known = earlier(path)
    if key not in known:
        replace_secret(path, "".join(f"{base64_of(old)}\n" for old in (key, *known)))
