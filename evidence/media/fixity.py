"""Fixity: do the stored bytes still have the hashes the ledger recorded?

The ledger is the truth here, not the media rows: whoever can change a row cannot change a witnessed chain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from evidence.errors import NotFound
from evidence.ledger import Entry, Fault
from evidence.storage import Store

_STORED_KINDS = ("sealed", "derived")


@dataclass(frozen=True)
class StoredBytes:
    """An object that an entry of the ledger vouches for."""

    chain: UUID
    media: str
    what: str
    bucket: str
    key: str
    version: str | None
    sha256: str


def stored_bytes(entries: Iterable[Entry]) -> Iterator[StoredBytes]:
    """Yield every object that the given entries say was stored."""
    for entry in entries:
        if entry.kind in _STORED_KINDS:
            said = entry.details
            what = "original" if entry.kind == "sealed" else f"{said['kind']} copy"
            yield StoredBytes(
                entry.chain, said["media"], what, said["bucket"], said["key"], said["version"], said["sha256"]
            )


def check(store: Store, stored: StoredBytes) -> Fault | None:
    """Read an object back in full and return what is wrong with it, if anything.

    Raises `Unavailable` where the store is away: that is no fault of the bytes.
    """
    try:
        found = store.sha256_of(stored.bucket, stored.key, stored.version).hex()
    except NotFound:
        sentence = f"The {stored.what} of media {stored.media} is missing from the store."
        return Fault(stored.chain, "object_missing", sentence)
    if found != stored.sha256:
        sentence = (
            f"The {stored.what} of media {stored.media} is not the one that was recorded: bytes changed."
        )
        return Fault(stored.chain, "object_changed", sentence)
    return None
