"""Witnesses in the locked bucket: apart from the ledger itself, since the public door needs no store."""

from collections.abc import Iterator

from evidence.errors import Unavailable
from evidence.ledger.checkpoint import Witness
from evidence.storage.store import Store


def copy_out(store: Store, witness: Witness) -> None:
    """Put a witness into the locked bucket; one that is there already is left as it is."""
    store.put_checkpoint(object_key(witness.checkpoint.size), witness.to_bytes())


def object_key(size: int) -> str:
    """Return a witness's key; zero-padded, so that a listing is in order."""
    return f"checkpoints/{size:020d}.json"


def witnesses(store: Store) -> Iterator[bytes]:
    """Yield the stored bytes of every witness in the bucket, oldest first, unread and not believed.

    Nothing for one that the store has and cannot hand out: it is damaged. Raises `Unavailable` where the
    store is away.
    """
    for stored in store.checkpoint_objects("checkpoints/"):
        try:
            yield b"".join(store.open_range(stored.bucket, stored.key, version=stored.version))
        except Unavailable:
            store.head(stored.bucket, stored.key, stored.version)
            yield b""
