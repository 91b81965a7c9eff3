"""What the object store promises us, asked of a real one."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import evidence.storage.original as original_module
import evidence.storage.store as store_module
from evidence.errors import Conflict, NotFound, Unavailable
from evidence.settings import StoreSettings
from evidence.storage.original import Original
from evidence.storage.store import Store


def original(path: Path, content: bytes) -> Original:
    path.write_bytes(content)
    until = datetime.now(UTC) + timedelta(days=1)
    return Original(path, len(content), hashlib.sha256(content).digest(), until, "GOVERNANCE")


def test_an_original_is_locked_and_reads_back(store: Store, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    stored = store.put_original("originals/one", original(tmp_path / "clip", content))
    said = store.head(store.originals, "originals/one", stored.version)
    assert said["ContentLength"] == len(content)
    assert said["ObjectLockMode"] == "GOVERNANCE"
    assert store.sha256_of(store.originals, stored.key, stored.version) == hashlib.sha256(content).digest()
    with pytest.raises(ClientError, match="AccessDenied"):
        store.client.delete_object(Bucket=store.originals, Key=stored.key, VersionId=stored.version or "")


def test_sealing_twice_is_harmless_and_overwriting_impossible(store: Store, tmp_path: Path) -> None:
    clip = original(tmp_path / "clip", b"the first bytes")
    first = store.put_original("originals/one", clip)
    assert store.put_original("originals/one", clip) == first
    with pytest.raises(Conflict) as refused:
        store.put_original("originals/one", original(tmp_path / "other", b"other bytes"))
    assert refused.value.code == "another_original"
    assert b"".join(store.open_range(store.originals, "originals/one")) == b"the first bytes"


def test_a_wrong_hash_is_refused_by_the_store(store: Store, tmp_path: Path) -> None:
    clip = replace(original(tmp_path / "clip", b"these bytes"), sha256=hashlib.sha256(b"not those").digest())
    with pytest.raises(Conflict) as refused:
        store.put_original("originals/one", clip)
    assert refused.value.code == "bytes_differ"
    with pytest.raises(NotFound):
        store.head(store.originals, "originals/one")


def test_a_large_original_goes_in_parts(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_SINGLE_PUT_LIMIT", 1_000_000)
    monkeypatch.setattr(original_module, "_PART_BYTES", 5 * 1024 * 1024)
    content = bytes(range(251)) * 50_000
    clip = original(tmp_path / "clip", content)
    stored = store.put_original("originals/large", clip)
    assert store.sha256_of(store.originals, stored.key, stored.version) == clip.sha256
    assert store.head(store.originals, stored.key, stored.version)["ObjectLockMode"] == "GOVERNANCE"
    assert store.put_original("originals/large", clip) == stored


def test_parts_left_by_a_worker_that_died_go_with_the_next_attempt(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_SINGLE_PUT_LIMIT", 10)
    for key in ("originals/large", "originals/large-too"):
        store.client.create_multipart_upload(Bucket=store.originals, Key=key)
    store.put_original("originals/large", original(tmp_path / "clip", b"some bytes, more than ten"))
    left = store.client.list_multipart_uploads(Bucket=store.originals).get("Uploads", [])
    assert [upload["Key"] for upload in left] == ["originals/large-too"]


def test_a_large_file_that_changes_meanwhile_is_not_stored(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store verifies each part as it is read; only the whole tells that it is not what was examined."""
    monkeypatch.setattr(store_module, "_SINGLE_PUT_LIMIT", 10)
    clip = original(tmp_path / "clip", b"the bytes that were examined")
    clip.path.write_bytes(b"the bytes that were replaced")
    with pytest.raises(Conflict) as refused:
        store.put_original("originals/large", clip)
    assert refused.value.code == "bytes_differ"
    assert not store.client.list_object_versions(Bucket=store.originals).get("Versions")
    assert not store.client.list_multipart_uploads(Bucket=store.originals).get("Uploads")


def test_two_workers_at_once_store_one_original(store: Store, tmp_path: Path) -> None:
    clip = original(tmp_path / "clip", bytes(range(256)) * 20_000)
    with ThreadPoolExecutor(4) as workers:
        stored = list(workers.map(lambda _: store.put_original("originals/one", clip), range(4)))
    assert len(set(stored)) == 1
    versions = store.client.list_object_versions(Bucket=store.originals).get("Versions", [])
    assert [found["VersionId"] for found in versions] == [stored[0].version]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, None, b"0123456789"), (3, None, b"3456789"), (0, 0, b"0"), (2, 4, b"234")],
)
def test_ranges_are_inclusive(
    store: Store, tmp_path: Path, start: int, end: int | None, expected: bytes
) -> None:
    (tmp_path / "poster").write_bytes(b"0123456789")
    digest = hashlib.sha256(b"0123456789").digest()
    stored = store.put_derivative("a/poster", tmp_path / "poster", digest, "image/jpeg")
    assert b"".join(store.open_range(stored.bucket, stored.key, start, end)) == expected


def test_a_checkpoint_is_written_once_and_read_as_first_written(store: Store) -> None:
    store.put_checkpoint("checkpoints/1", b"first")
    store.put_checkpoint("checkpoints/1", b"second")
    assert checkpoints(store) == {"checkpoints/1": b"first"}
    store.client.put_object(Bucket=store.checkpoints, Key="checkpoints/1", Body=b"forged later")
    store.put_checkpoint("checkpoints/2", b"next")
    assert checkpoints(store) == {"checkpoints/1": b"first", "checkpoints/2": b"next"}


def test_a_delete_marker_hides_no_checkpoint(store: Store) -> None:
    store.put_checkpoint("checkpoints/1", b"first")
    store.client.delete_object(Bucket=store.checkpoints, Key="checkpoints/1")
    with pytest.raises(NotFound):
        store.head(store.checkpoints, "checkpoints/1")
    assert checkpoints(store) == {"checkpoints/1": b"first"}


def checkpoints(store: Store) -> dict[str, bytes]:
    return {
        found.key: b"".join(store.open_range(found.bucket, found.key, version=found.version))
        for found in store.checkpoint_objects("checkpoints/")
    }


def test_wrong_keys_and_an_absent_store_say_so(store_settings: StoreSettings) -> None:
    stranger = Store.connect(replace(store_settings, secret_key="wrong"))
    with pytest.raises(Unavailable) as refused:
        stranger.head(stranger.originals, "originals/one")
    assert refused.value.code == "store_away"
    nowhere = Store.connect(replace(store_settings, endpoint="http://127.0.0.1:9"))
    with pytest.raises(Unavailable):
        list(nowhere.open_range(nowhere.originals, "originals/one"))
