"""The object store: S3 through boto3, whoever serves it."""

from evidence.storage.disk import settle
from evidence.storage.store import Original, Store, StoredObject

__all__ = ["Original", "Store", "StoredObject", "settle"]
