"""Where something lies in the object store, for those who only keep note of it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StoredObject:
    """Where an object is: bucket, key and version (None in a bucket without versions)."""

    bucket: str
    key: str
    version: str | None
