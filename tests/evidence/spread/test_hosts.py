"""An upload on several hosts: taken over, never told twice, found wherever its bytes are."""

import hashlib
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from evidence.errors import Conflict, Gone, NotFound
from evidence.spool import LEAF_BYTES, Spool, Superseded, Upload, UploadSecret
from evidence.spread.follower import Follower
from evidence.spread.shelf import Shelf
from evidence.spread.spool import SpreadSpool
from evidence.spread.writer import SpreadWriter
from tests.evidence.spread.conftest import NewHost, new_upload


def write(spool: Spool, upload: Upload, piece: bytes, *, synced: bool = True) -> None:
    with spool.writer(spool.take(upload.id)) as writer:
        writer.append(piece)
        if synced:
            writer.sync()


def content(spool: SpreadSpool, upload: Upload) -> bytes:
    return spool.whole(upload.id).read_bytes()


def leaves_of(content: bytes) -> bytes:
    leaves = [content[at : at + LEAF_BYTES] for at in range(0, len(content), LEAF_BYTES)]
    return hashlib.sha256(b"".join(hashlib.sha256(leaf).digest() for leaf in leaves)).digest()


def test_what_one_host_has_told_another_goes_on_with(host: NewHost) -> None:
    first, second = host("first"), host("second")
    upload = new_upload(9)
    first.create(upload)
    write(first, upload, b"abc")
    assert second.take(upload.id).standing.offset == 3
    write(second, upload, b"def")
    write(first, upload, b"ghi")
    assert second.look(upload.id).complete
    for spool in (first, second, host("third")):
        assert spool.complete(upload.id, 9) == leaves_of(b"abcdefghi")
        assert content(spool, upload) == b"abcdefghi"


def test_the_disk_of_a_host_may_be_lost_with_it(host: NewHost) -> None:
    first = host("first")
    upload = new_upload(6)
    first.create(upload)
    write(first, upload, b"abc")
    shutil.rmtree(first.root)
    second = host("second")
    write(second, upload, b"def")
    assert content(second, upload) == b"abcdef"
    assert content(host("first"), upload) == b"abcdef"


def test_a_host_that_was_passed_by_tells_nothing_more(host: NewHost) -> None:
    first, second = host("first"), host("second")
    upload = new_upload()
    first.create(upload)
    with first.writer(first.take(upload.id)) as slow:
        slow.append(b"old")
        write(second, upload, b"ne")
        with pytest.raises(Superseded):
            slow.sync()
        # Not even after its own host has the upload again: what it wrote is not what was told.
        write(first, upload, b"w")
        with pytest.raises(Superseded):
            slow.sync()
        with pytest.raises(Superseded):
            slow.append(b"!")
    assert content(first, upload) == b"new"


def test_what_was_not_told_yet_is_kept_where_nobody_else_came(host: NewHost) -> None:
    """As on one host: a killed process leaves its bytes in the page cache."""
    upload = new_upload()
    host("first").create(upload)
    write(host("first"), upload, b"abc", synced=False)
    assert host("second").look(upload.id).offset == 0
    assert host("first").take(upload.id).standing.offset == 3
    assert host("second").look(upload.id).offset == 3


def test_what_was_not_told_is_dropped_where_somebody_came(host: NewHost) -> None:
    first, second = host("first"), host("second")
    upload = new_upload()
    first.create(upload)
    write(first, upload, b"abcdef", synced=False)
    write(second, upload, b"xy")
    assert first.take(upload.id).standing.offset == 2
    assert content(first, upload) == b"xy"


def test_two_requests_of_one_host_write_on_the_same_file(host: NewHost) -> None:
    """The older one's bytes count, whichever of the two brings them to the bucket."""
    spool = host("first")
    upload = new_upload()
    spool.create(upload)
    with spool.writer(spool.take(upload.id)) as older:
        older.append(b"abc")
        with spool.writer(spool.take(upload.id)) as newer:
            assert newer.position == 3
            newer.append(b"def")
            older.sync()
            newer.sync()
    assert content(host("second"), upload) == b"abcdef"


def test_leaves_across_hosts_have_the_hashes_of_their_bytes(host: NewHost) -> None:
    first, second = host("first"), host("second")
    sent = os.urandom(2 * LEAF_BYTES + 17)
    upload = new_upload(len(sent))
    first.create(upload)
    with first.writer(first.take(upload.id)) as writer:
        writer.append(sent[: LEAF_BYTES + 100])
        writer.keep_leaf(0, hashlib.sha256(sent[:LEAF_BYTES]).digest())
        writer.sync()
    with second.writer(second.take(upload.id)) as writer:
        assert isinstance(writer, SpreadWriter)
        writer.append(sent[LEAF_BYTES + 100 :])
        writer.keep_leaf(1)
        writer.sync()
    for spool in (second, first):
        assert spool.complete(upload.id, len(sent)) == leaves_of(sent)
    seen = hashlib.sha256()
    assert host("third").examine(upload.id, seen.update).sha256 == hashlib.sha256(sent).digest()
    assert seen.digest() == hashlib.sha256(sent).digest()


def test_a_length_is_settled_once_for_all_hosts(host: NewHost) -> None:
    first, second = host("first"), host("second")
    upload = new_upload()
    first.create(upload)
    before = first.take(upload.id)
    taken = second.take(upload.id)
    with pytest.raises(Superseded):
        first.declare_length(before, 4)
    second.declare_length(taken, 3)
    assert first.look(upload.id).length == 3
    with pytest.raises(Conflict):
        first.declare_length(first.take(upload.id), 4)
    write(first, upload, b"abc")
    assert second.look(upload.id).complete


def test_a_cut_ends_it_on_every_host(host: NewHost) -> None:
    first, second = host("first"), host("second")
    upload = new_upload()
    first.create(upload)
    with first.writer(first.take(upload.id)) as writer:
        writer.append(b"abc")
        writer.sync()
        writer.append(b"never told")
        assert second.cut(upload.id).length == 3
        with pytest.raises(Superseded):
            writer.sync()
    assert first.cut(upload.id).offset == 3
    assert content(first, upload) == b"abc"


def test_parts_of_several_hosts_are_joined_on_another(host: NewHost) -> None:
    parts = [new_upload(3), new_upload(3)]
    for name, part in zip(("first", "second"), parts, strict=True):
        host(name).create(part)
        write(host(name), part, name[:3].encode())
    whole = Upload.new(
        UploadSecret.new(),
        length=6, lifetime=timedelta(hours=1), sealed_name=b"", metadata="",
        parts=tuple(part.id for part in parts),
    )  # fmt: skip
    host("third").create(whole)
    assert list(host("second").join(whole))[-1] == 6
    assert host("third").look(whole.id).complete
    assert content(host("fourth"), whole) == b"firsec"


def test_a_sealed_upload_leaves_no_byte_and_is_still_known(host: NewHost, shelf: Shelf) -> None:
    first, second = host("first"), host("second")
    upload = new_upload(3)
    first.create(upload)
    write(first, upload, b"abc")
    first.mark_received(upload.id)
    worker = host("worker")
    assert worker.examine(upload.id).size == 3
    assert upload.id in worker.held()
    worker.release(upload.id)
    assert upload.id not in worker.held()
    assert list(worker.root.iterdir()) == [] == list(first.root.iterdir())
    for spool in (first, second):
        standing = spool.take(upload.id).standing
        assert standing.received
        assert standing.offset == 3
    with pytest.raises(FileNotFoundError):
        second.whole(upload.id)
    assert first.sweep_received(datetime.now(UTC)) == 0
    first.sweep_received(datetime.now(UTC) + first.lifetime + timedelta(days=2))
    assert shelf.read(upload.id) is None


def test_one_that_sleeps_through_it_all_cannot_go_on(host: NewHost) -> None:
    first, second = host("first"), host("second")
    upload = new_upload(3)
    first.create(upload)
    with first.writer(first.take(upload.id)) as asleep:
        asleep.append(b"zzz")
        write(second, upload, b"abc")
        second.mark_received(upload.id)
        second.release(upload.id)
        with pytest.raises(Superseded):
            asleep.sync()


def test_an_upload_that_was_removed_is_nowhere(host: NewHost) -> None:
    first, second = host("first"), host("second")
    upload = new_upload(3)
    first.create(upload)
    write(first, upload, b"ab")
    worker = host("worker")
    worker.whole(upload.id)
    second.remove(upload.id)
    with pytest.raises(NotFound):
        first.take(upload.id)
    assert upload.id not in worker.held()
    assert list(worker.root.iterdir()) == []
    assert list(first.unfinished()) == []
    assert list(first.root.iterdir()) == []


def test_what_a_dead_host_left_behind_is_found(host: NewHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.spread.spool.LEFT_ALONE", timedelta(0))
    upload = new_upload(3)
    host("dead").create(upload)
    write(host("dead"), upload, b"abc")
    shutil.rmtree(host("dead").root)
    found = {standing.upload.id: standing for standing in host("alive").unfinished()}
    assert found[upload.id].ripe
    assert host("alive").complete(upload.id, 3) == leaves_of(b"abc")


def test_an_expired_upload_is_gone_everywhere(host: NewHost) -> None:
    upload = new_upload(3, timedelta(0))
    host("first").create(upload)
    with pytest.raises(Gone):
        host("second").take(upload.id)


def test_a_disk_that_failed_costs_its_host_the_copy_alone(host: NewHost) -> None:
    spool = host("first")
    upload = new_upload()
    spool.create(upload)
    write(spool, upload, b"abc")
    (spool.root / f"{upload.id}.damaged").touch()
    write(spool, upload, b"def")
    assert content(host("second"), upload) == b"abcdef"


def test_a_repeated_creation_finds_the_first(host: NewHost) -> None:
    upload = new_upload(3)
    host("first").create(upload, repeatable=True)
    write(host("first"), upload, b"ab")
    assert host("second").create(upload, repeatable=True).offset == 2
    with pytest.raises(Conflict):
        host("second").create(upload)


def test_a_follower_has_what_was_told_and_not_a_byte_more(
    host: NewHost, shelf: Shelf, tmp_path_factory: pytest.TempPathFactory
) -> None:
    copies = tmp_path_factory.mktemp("copies")
    follower = Follower(copies, shelf)
    first, second = host("first"), host("second")
    upload = new_upload()
    with pytest.raises(FileNotFoundError):
        follower.catch_up(upload.id)
    first.create(upload)
    seen = b""
    for spool, piece in ((first, b"abc"), (second, b"d"), (first, b"efgh")):
        write(spool, upload, piece)
        write(spool, upload, b"never told", synced=False) if spool is second else None
        follower.catch_up(upload.id)
        seen += piece
        assert (copies / f"{upload.id}.bytes").read_bytes() == seen
        assert follower.progress(upload.id)[0] == len(seen)
    second.cut(upload.id)
    follower.catch_up(upload.id)
    assert (copies / f"{upload.id}.length").read_text() == "8"
    follower.drop(upload.id)
    assert list(copies.iterdir()) == []
