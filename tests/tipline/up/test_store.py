"""The embedded store: who may do what, and what a kill -9 leaves."""

import base64
import hashlib
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from evidence.errors import SettingsError
from evidence.storage.disk import settle
from tipline.up.launch import launch
from tipline.up.store import EmbeddedStore
from tipline.up.store_access import STEWARD, make_buckets


def sealed(body: bytes) -> dict[str, object]:
    return {
        "Body": body,
        "ChecksumSHA256": base64.b64encode(hashlib.sha256(body).digest()).decode(),
        "ObjectLockMode": "GOVERNANCE",
        "ObjectLockRetainUntilDate": datetime.now(UTC) + timedelta(days=1),
        "IfNoneMatch": "*",
    }


def refusal(deed: object, **arguments: object) -> str:
    with pytest.raises(ClientError) as caught:
        deed(**arguments)  # type: ignore[operator]
    return str(caught.value.response["Error"]["Code"])


def test_each_identity_may_do_its_own_work_and_no_more(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "store").running() as store:
        originals, derivatives = store.buckets.originals, store.buckets.derivatives
        worker, console, operator = (store.client(name) for name in ("worker", "console", "operator"))
        version = worker.put_object(Bucket=originals, Key="a", **sealed(b"original"))["VersionId"]  # type: ignore[arg-type]
        worker.put_object(Bucket=derivatives, Key="b", Body=b"copy")
        for reader in (worker, console, operator):
            assert reader.get_object(Bucket=originals, Key="a")["Body"].read() == b"original"
            assert reader.get_object(Bucket=derivatives, Key="b")["Body"].read() == b"copy"
        gone = {"Bucket": originals, "Key": "a", "VersionId": version}
        for nobody in (worker, console, operator):
            assert refusal(nobody.delete_object, **gone) == "AccessDenied"
            assert refusal(nobody.delete_object, **gone, BypassGovernanceRetention=True) == "AccessDenied"
            assert refusal(nobody.delete_object, Bucket=originals, Key="a") == "AccessDenied"
            assert refusal(nobody.delete_bucket, Bucket=derivatives) == "AccessDenied"
        for reader in (console, operator):
            assert refusal(reader.put_object, Bucket=derivatives, Key="c", Body=b"x") == "AccessDenied"
        assert refusal(store.client(STEWARD).delete_object, **gone) == "AccessDenied"
        # The deletion clock passes a governance lock by, where it says so; it reads and writes nothing.
        expire = store.client("expire")
        assert refusal(expire.delete_object, **gone) == "AccessDenied"
        assert refusal(expire.get_object, Bucket=originals, Key="a") == "AccessDenied"
        assert refusal(expire.put_object, Bucket=originals, Key="c", Body=b"x") == "AccessDenied"
        shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(hours=1)}
        held = {"Bucket": originals, "Key": "a", "VersionId": version, "Retention": shorter}
        for nobody in (worker, console, operator, expire):
            assert refusal(nobody.put_object_retention, **held) == "AccessDenied"
            bypass = {**held, "BypassGovernanceRetention": True}
            assert refusal(nobody.put_object_retention, **bypass) == "AccessDenied"
        locked = {**sealed(b"locked"), "ObjectLockMode": "COMPLIANCE"}
        compliant = worker.put_object(Bucket=originals, Key="d", **locked)["VersionId"]
        for key, of_key in (("checkpoint", None), ("d", compliant)):
            bucket = store.buckets.checkpoints if of_key is None else originals
            where = {"Bucket": bucket, "Key": key, **({"VersionId": of_key} if of_key else {})}
            assert refusal(expire.delete_object, **where, BypassGovernanceRetention=True) == "AccessDenied"
        expire.delete_object(**gone, BypassGovernanceRetention=True)
        assert refusal(operator.get_object, Bucket=originals, Key="a") == "NoSuchKey"


def test_every_acknowledged_object_survives_kill_9_in_the_midst_of_writing(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    acknowledged: dict[str, bytes] = {}
    store.initialise()
    child = launch(store.program())
    store.wait_ready(lambda: child.poll() is None)
    enough = threading.Event()

    def write() -> None:
        client = store.client("worker")
        for number in range(10_000):
            body = os.urandom(200_000)
            try:
                client.put_object(Bucket=store.buckets.originals, Key=f"{number}", **sealed(body))  # type: ignore[arg-type]
            except (BotoCoreError, ClientError):
                return
            acknowledged[f"{number}"] = body
            if number == 20:
                enough.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert enough.wait(60)
    store.stop(child)
    writer.join(60)
    with store.running():
        client = store.client("operator")
        for key, body in acknowledged.items():
            assert client.get_object(Bucket=store.buckets.originals, Key=key)["Body"].read() == body
            kept = client.get_object_retention(Bucket=store.buckets.originals, Key=key)["Retention"]
            assert kept["Mode"] == "GOVERNANCE"
    assert len(acknowledged) > 20
    assert list(Path("/tmp").glob(f"seaweedfs-*{store.ports['filer.grpc']}.sock")) == []


def test_a_bucket_that_cannot_lock_is_refused_when_it_is_met_not_when_evidence_comes(tmp_path: Path) -> None:
    with EmbeddedStore(tmp_path / "store").running() as store:
        steward = store.client(STEWARD)
        make_buckets(steward, store.buckets)
        steward.create_bucket(Bucket="plain")
        with pytest.raises(SettingsError, match="bucket plain has no Object Lock"):
            make_buckets(steward, replace(store.buckets, originals="plain"))
        assert store.client("worker").list_multipart_uploads(Bucket=store.buckets.originals)


def test_settles_what_was_acknowledged_through_a_directory_of_its_own(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    store.initialise()
    assert store.disk.stat().st_dev == (store.data_dir / "data").stat().st_dev
    assert list(store.disk.iterdir()) == []
    settle(store.disk)
    with pytest.raises(FileNotFoundError):
        settle(tmp_path / "nowhere")
