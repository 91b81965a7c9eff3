import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from evidence.ledger import Entry
from evidence.media.fixity import check, stored_bytes
from evidence.storage.original import Original
from evidence.storage.store import Store

MEDIA = "01890c5e-0000-4000-8000-000000000001"
CONTENT = b"what the phone saw" * 1000


def sealed(store: Store, path: Path, sha256: str | None = None) -> Entry:
    path.write_bytes(CONTENT)
    digest = hashlib.sha256(CONTENT).digest()
    until = datetime.now(UTC) + timedelta(days=1)
    stored = store.put_original("originals/x", Original(path, len(CONTENT), digest, until, "GOVERNANCE"))
    details = {
        "media": MEDIA, "bucket": stored.bucket, "key": stored.key, "version": stored.version,
        "sha256": sha256 or digest.hex(),
    }  # fmt: skip
    return Entry(uuid4(), 1, datetime.now(UTC), "sealed", "worker", details, bytes(32))


def test_intact_bytes_have_no_fault(store: Store, tmp_path: Path) -> None:
    (stored,) = stored_bytes([sealed(store, tmp_path / "clip")])
    assert check(store, stored) is None


def test_other_bytes_than_recorded_are_named(store: Store, tmp_path: Path) -> None:
    entry = sealed(store, tmp_path / "clip", sha256="00" * 32)
    (stored,) = stored_bytes([entry])
    fault = check(store, stored)
    assert fault is not None
    assert (fault.chain, fault.code) == (entry.chain, "object_changed")
    assert f"original of media {MEDIA}" in fault.sentence


def test_a_missing_object_is_named(store: Store, tmp_path: Path) -> None:
    entry = sealed(store, tmp_path / "clip")
    entry.details["key"] = "originals/never"
    (stored,) = stored_bytes([entry])
    fault = check(store, stored)
    assert fault is not None
    assert fault.code == "object_missing"
