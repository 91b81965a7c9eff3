"""New keys in the place of old ones, while nothing runs; what the old ones made stays readable.

An agency's old private key is kept, since it opens what was sealed to it. The checkpointer's old signing key
is destroyed, and its public half kept: nobody signs a head of the past any more, and everybody can check one.
"""

from collections.abc import Callable
from pathlib import Path

from nacl.public import PrivateKey
from nacl.signing import SigningKey

from tipline.up.secrets import (
    AGENCY_EARLIER,
    CHECKPOINT_EARLIER,
    Secrets,
    base64_of,
    earlier,
    replace_secret,
)


def rotate_agency_key(folder: Path) -> str:
    """Make another agency pair; return what it means."""
    secrets = Secrets.kept_in(folder)
    _note_earlier(folder / AGENCY_EARLIER, secrets.agency_private_key)
    replace_secret(folder / "agency-private-key", base64_of(bytes(PrivateKey.generate())))
    return "What comes from now on is sealed to a new key; the old one is kept, to open what came before."


def rotate_checkpoint_key(folder: Path) -> str:
    """Make another pair that signs heads and statements; return what it means."""
    secrets = Secrets.kept_in(folder)
    _note_earlier(folder / CHECKPOINT_EARLIER, secrets.checkpoint_verify_key)
    replace_secret(folder / "checkpoint-signing-key", base64_of(bytes(SigningKey.generate())))
    published = ",".join(
        key.hex()
        for key in (Secrets.kept_in(folder).checkpoint_verify_key, *earlier(folder / CHECKPOINT_EARLIER))
    )
    return (
        f"Heads and statements are signed with a new key. Publish, in the place of the old one: {published}"
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
    "passwords": rotate_passwords,
}


def _note_earlier(path: Path, key: bytes) -> None:
    """Put a key before those that are noted already; one that is there is not noted twice."""
    known = earlier(path)
    if key not in known:
        replace_secret(path, "".join(f"{base64_of(old)}\n" for old in (key, *known)))
