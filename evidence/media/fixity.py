"""Fixity: do the stored bytes, and the rows that point to them, still say what the ledger recorded?

The ledger is the truth here, not the media rows: whoever can change a row cannot change a witnessed chain.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from evidence.db.connect import Connection
from evidence.errors import NotFound, Unavailable
from evidence.ledger import Entry, Fault
from evidence.storage.removal import versions
from evidence.storage.store import Store

_STORED_KINDS = ("sealed", "derived")


@dataclass(frozen=True)
class StoredBytes:
    """An object that an entry of the ledger vouches for."""

    chain: UUID
    row: UUID
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
            original = entry.kind == "sealed"
            yield StoredBytes(
                chain=entry.chain,
                row=UUID(said["media"] if original else said["derivative"]),
                media=said["media"],
                what="original" if original else f"{said['kind']} copy",
                bucket=said["bucket"],
                key=said["key"],
                version=said["version"],
                sha256=said["sha256"],
            )


def check(store: Store, stored: StoredBytes) -> Fault | None:
    """Read an object back in full and return what is wrong with it, if anything.

    A store may notice changed bytes itself and refuse to hand them out. Raises `Unavailable` where it does
    not answer at all: that is no fault of the bytes.
    """
    try:
        found = store.sha256_of(stored.bucket, stored.key, stored.version).hex()
    except NotFound:
        sentence = f"The {stored.what} of media {stored.media} is missing from the store."
        return Fault(stored.chain, "object_missing", sentence)
    except Unavailable:
        store.head(stored.bucket, stored.key, stored.version)
        sentence = f"The {stored.what} of media {stored.media} cannot be read back: it is damaged."
        return Fault(stored.chain, "object_damaged", sentence)
    if found != stored.sha256:
        sentence = (
            f"The {stored.what} of media {stored.media} is not the one that was recorded: bytes changed."
        )
        return Fault(stored.chain, "object_changed", sentence)
    return None


def ended(entries: Iterable[Entry]) -> dict[UUID, bool]:
    """Return the chains whose tip's deletion the entries say was begun, and whether it was done.

    What was begun may be there or not; what was done must be gone.
    """
    found: dict[UUID, bool] = {}
    for entry in entries:
        if entry.kind in ("purge_begun", "purged"):
            found[entry.chain] = found.get(entry.chain, False) or entry.kind == "purged"
    return found


def purged_evidence(entries: Iterable[Entry]) -> Iterator[Fault]:
    """Yield a fault for each tip that was deleted although a case had it, as its own chain tells."""
    attached: dict[UUID, set[str]] = {}
    for entry in entries:
        cases = attached.setdefault(entry.chain, set())
        if entry.kind == "attached" and "case" in entry.details:
            cases.add(entry.details["case"])
        elif entry.kind == "detached" and "case" in entry.details:
            cases.discard(entry.details["case"])
        elif entry.kind == "purge_begun" and cases:
            yield Fault(entry.chain, "evidence_purged", "This tip was deleted although a case had it.")


def left_behind(store: Store, tip_id: UUID, vouched: Iterable[StoredBytes]) -> Iterator[Fault]:
    """Yield a fault for each place in the store where something of a deleted tip lies."""
    places = {(bucket, f"{tip_id}/") for bucket in (store.originals, store.derivatives)}
    places |= {(stored.bucket, stored.key) for stored in vouched if not stored.key.startswith(f"{tip_id}/")}
    for bucket, place in sorted(places):
        found = list(versions(store, bucket, place))
        if found:
            sentence = f"{len(found)} objects of this tip lie in {bucket} although it was deleted."
            yield Fault(tip_id, "purged_still_there", sentence)


def misled_rows(
    conn: Connection, vouched: Iterable[StoredBytes], tip_id: UUID | None = None
) -> Iterator[Fault]:
    """Yield a fault for each record of stored bytes that is not what the ledger says of it.

    `vouched` is what the ledger knows, of one tip or of all: a row that is missing or points elsewhere is a
    fault, and so is one that no entry knows. Staff look at what rows point to.
    """
    rows = {row[0]: row[1:] for row in conn.execute(_RECORDS, {"tip": tip_id})}
    for stored in vouched:
        said = (stored.chain, stored.media, stored.what, stored.sha256, stored.key, stored.version)
        if rows.pop(stored.row, None) != said:
            sentence = (
                f"The record of media {stored.media}'s {stored.what} is not what the ledger says of it."
            )
            yield Fault(stored.chain, "row_changed", sentence)
    for chain, media, what, *_ in rows.values():
        sentence = f"The record of media {media}'s {what} is known to no entry of the ledger: it was planted."
        yield Fault(chain, "row_planted", sentence)


_RECORDS = """
    SELECT id, tip_id, id::text, 'original', encode(sha256, 'hex'), object_key, object_version
    FROM media WHERE sha256 IS NOT NULL AND (%(tip)s::uuid IS NULL OR tip_id = %(tip)s)
    UNION ALL
    SELECT d.id, m.tip_id, m.id::text, d.kind || ' copy', encode(d.sha256, 'hex'), d.object_key,
           d.object_version
    FROM derivative d JOIN media m ON m.id = d.media_id
    WHERE %(tip)s::uuid IS NULL OR m.tip_id = %(tip)s
"""
