"""The life of an upload on the disk."""

import hashlib
import os
import resource
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from nacl.exceptions import CryptoError

from evidence.errors import Conflict, Gone, NotFound
from evidence.spool import Busy, DiskFull, Spool, Superseded, Upload, UploadSecret, generation
from evidence.spool.layout import Files
from evidence.spool.room import Room
from tests.evidence.spool.conftest import Create


def append(spool: Spool, upload: Upload, piece: bytes) -> None:
    with spool.writer(spool.take(upload.id)) as writer:
        writer.append(piece)


def test_the_size_of_the_file_is_the_offset(spool: Spool, create: Create) -> None:
    upload = create(length=10)
    append(spool, upload, b"hello")
    assert spool.look(upload.id).offset == 5
    append(spool, upload, b"world")
    standing = spool.look(upload.id)
    assert (standing.offset, standing.complete, standing.received) == (10, True, False)
    assert spool.bytes_path(upload.id).read_bytes() == b"helloworld"


def test_the_mark_of_arrival_is_made_once_and_touched_by_nobody_else(spool: Spool, create: Create) -> None:
    """As root, the door makes it and the worker, another account, marks again: it may not open it."""
    upload = create()
    spool.mark_received(upload.id)
    mark = Files(spool.root, upload.id).received
    os.utime(mark, (0, 0))
    spool.mark_received(upload.id)
    spool.release(upload.id)
    assert mark.stat().st_mtime == 0
    assert not spool.bytes_path(upload.id).exists()


def test_an_upload_of_an_unknown_name_is_not_found(spool: Spool) -> None:
    with pytest.raises(NotFound):
        spool.take(UploadSecret.new().upload_id)


def test_a_newer_request_fences_the_older_one(spool: Spool, create: Create) -> None:
    upload = create()
    with spool.writer(spool.take(upload.id)) as old:
        old.append(b"abc")
        taken = spool.take(upload.id)
        assert taken.standing.offset == 3
        with pytest.raises(Superseded):
            old.append(b"late")
        with spool.writer(taken) as new:
            new.append(b"def")
    assert spool.bytes_path(upload.id).read_bytes() == b"abcdef"


def test_a_step_under_way_is_not_waited_for_on_the_loop(spool: Spool, create: Create) -> None:
    upload = create()
    counter = generation.open_counter(Files(spool.root, upload.id).sidecar)
    try:
        with (
            spool.writer(spool.take(upload.id)) as writer,
            generation.step(counter),
            pytest.raises(Busy),
        ):
            writer.append(b"x")
        assert spool.look(upload.id).offset == 0
        with generation.step(counter), pytest.raises(Busy):
            spool.take(upload.id)
    finally:
        os.close(counter)


def test_the_metadata_opens_with_the_url_alone(spool: Spool) -> None:
    secret = UploadSecret.new()
    words = "filename bXktc3RyZWV0Lm1wNA=="
    upload = Upload.new(secret, length=1, lifetime=timedelta(hours=1), sealed_name=b"sealed", metadata=words)
    spool.create(upload)
    found = spool.look(secret.upload_id).upload
    assert found == upload
    assert found.metadata(secret) == words
    with pytest.raises(CryptoError):
        found.metadata(UploadSecret.new())
    for path in spool.root.iterdir():
        content = path.read_bytes()
        assert b"bXktc3RyZWV0" not in content
        assert secret.text not in path.name
        assert secret.raw not in content
        assert secret.text.encode() not in content
        assert path.stat().st_mode & 0o007 == 0


def test_a_deferred_length_is_declared_once(spool: Spool, create: Create) -> None:
    upload = create(length=None)
    append(spool, upload, b"abc")
    assert spool.look(upload.id).length is None
    assert not spool.look(upload.id).complete
    taken = spool.take(upload.id)
    spool.declare_length(taken, 3)
    spool.declare_length(taken, 3)
    with pytest.raises(Conflict):
        spool.declare_length(taken, 4)
    assert spool.look(upload.id).complete


def test_a_length_is_declared_by_who_has_the_upload_in_hand(spool: Spool, create: Create) -> None:
    """Else it could come after bytes beyond it, and the upload would never be complete."""
    upload = create(length=None)
    taken = spool.take(upload.id)
    append(spool, upload, b"abcdef")
    with pytest.raises(Superseded):
        spool.declare_length(taken, 3)
    assert spool.look(upload.id).length is None
    spool.remove(upload.id)
    with pytest.raises(Superseded):
        spool.declare_length(taken, 3)
    assert os.listdir(spool.root) == []


def test_an_upload_expires_some_time_after_its_last_byte(spool: Spool, create: Create) -> None:
    upload = create(lifetime=timedelta(hours=1))
    path = spool.bytes_path(upload.id)
    hour_ago = path.stat().st_mtime - 3601
    os.utime(path, (hour_ago, hour_ago))
    with pytest.raises(Gone) as refusal:
        spool.take(upload.id)
    assert refusal.value.code == "upload_expired"
    assert [standing.upload.id for standing in spool.unfinished()] == [upload.id]


def test_once_released_it_still_says_that_it_arrived(spool: Spool, create: Create) -> None:
    upload = create(length=3)
    append(spool, upload, b"abc")
    spool.release(upload.id)
    spool.release(upload.id)
    taken = spool.take(upload.id)
    assert (taken.standing.offset, taken.standing.received) == (3, True)
    assert not spool.bytes_path(upload.id).exists()


def test_what_was_received_is_no_longer_looked_after_and_one_day_forgotten(
    spool: Spool, create: Create
) -> None:
    upload = create(length=3)
    append(spool, upload, b"abc")
    spool.mark_received(upload.id)
    assert list(spool.unfinished()) == []
    assert spool.held() == [upload.id]
    later = spool.look(upload.id).expires_at + timedelta(seconds=1)
    assert spool.sweep_received(later) == 0, "these bytes are the only copy"
    spool.release(upload.id)
    assert spool.held() == []
    assert spool.sweep_received(later - timedelta(hours=1)) == 0
    assert spool.sweep_received(later + timedelta(hours=1)) == 1
    assert list(spool.root.iterdir()) == []


def test_an_upload_that_ended_cannot_be_written(spool: Spool, create: Create) -> None:
    upload = create()
    taken = spool.take(upload.id)
    spool.remove(upload.id)
    with pytest.raises(Superseded):
        spool.writer(taken)


def test_a_removed_upload_leaves_nothing(spool: Spool, create: Create) -> None:
    upload = create(length=3)
    append(spool, upload, b"abc")
    spool.complete(upload.id, 3)
    spool.mark_received(upload.id)
    spool.remove(upload.id)
    spool.remove(upload.id)
    assert list(spool.root.iterdir()) == []
    with pytest.raises(NotFound):
        spool.look(upload.id)


def test_what_a_killed_creation_left_is_swept(spool: Spool, create: Create) -> None:
    kept = create()
    half = create()
    Files(spool.root, half.id).sidecar.unlink()
    (spool.root / f"{kept.id}.length.77.draft").write_bytes(b"")
    assert (spool.sweep_drafts(timedelta(hours=1)), spool.sweep_strays(timedelta(hours=1))) == (0, 0)
    assert (spool.sweep_drafts(timedelta(0)), spool.sweep_strays(timedelta(0))) == (1, 1)
    assert {path.name.split(".")[0] for path in spool.root.iterdir()} == {str(kept.id)}


def test_a_full_disk_keeps_what_found_room(spool: Spool, create: Create) -> None:
    """/dev/full refuses every write just as a full disk does."""
    upload = create()
    append(spool, upload, b"abc")
    taken = spool.take(upload.id)
    path = spool.bytes_path(upload.id)
    kept = path.rename(path.with_suffix(".kept"))
    path.symlink_to("/dev/full")
    with spool.writer(taken) as writer:
        with pytest.raises(DiskFull) as refusal:
            writer.append(b"def")
        assert (refusal.value.status, writer.position) == (507, 3)
    assert kept.read_bytes() == b"abc"


def test_on_a_full_disk_an_upload_begins_whole_or_not_at_all(spool: Spool) -> None:
    """A limit on the size of files takes a part of the sidecar and refuses the rest, as a full disk does."""
    upload = Upload.new(
        UploadSecret.new(), length=10, lifetime=timedelta(hours=1), sealed_name=b"x" * 3000, metadata=""
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        with pytest.raises(DiskFull):
            spool.create(upload)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(spool.root.iterdir()) == []
    assert spool.create(upload).offset == 0


def test_a_full_disk_takes_no_joined_upload_from_whoever_joins_it(spool: Spool, create: Create) -> None:
    part = create()
    joined = Upload.new(
        UploadSecret.new(), length=10, lifetime=timedelta(hours=1), sealed_name=b"x" * 3000, metadata="",
        concat="final;", parts=(part.id,),
    )  # fmt: skip
    spool.create(joined, repeatable=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        with pytest.raises(DiskFull):
            spool.create(joined, repeatable=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert spool.look(joined.id).upload == joined


def test_room_is_asked_for_and_refused(spool: Spool) -> None:
    spool.require_room(1)
    with pytest.raises(DiskFull):
        spool.require_room(Room.of(spool.root).size + 1)


def test_examining_finds_one_byte_that_changed(spool: Spool, create: Create) -> None:
    content = bytes(8 * 1024 * 1024) + b"tail"
    upload = create(length=len(content))
    append(spool, upload, content)
    leaves_sha256 = spool.complete(upload.id, len(content))
    found = spool.examine(upload.id)
    assert (found.size, found.sha256) == (len(content), hashlib.sha256(content).digest())
    assert found.leaves_sha256 == leaves_sha256
    with spool.bytes_path(upload.id).open("r+b") as file:
        file.seek(len(content) - 1)
        file.write(b"!")
    assert spool.examine(upload.id).leaves_sha256 != leaves_sha256


@pytest.mark.parametrize("cut", [lambda _: b"", lambda whole: whole[:99], lambda whole: bytes(len(whole))])
def test_what_a_power_cut_left_of_a_creation_is_no_upload_and_is_swept(
    spool: Spool, create: Create, cut: Callable[[bytes], bytes]
) -> None:
    """Its name came to the disk, and its content did not: nobody had been told of it."""
    upload = create(length=3)
    files = Files(spool.root, upload.id)
    files.sidecar.write_bytes(cut(files.sidecar.read_bytes()))
    with pytest.raises(NotFound):
        spool.look(upload.id)
    assert list(spool.unfinished()) == []
    assert spool.create(upload, repeatable=True).offset == 0
    assert spool.look(upload.id).upload == upload
    files.sidecar.write_bytes(cut(files.sidecar.read_bytes()))
    assert spool.sweep_strays(timedelta(hours=1)) == 0
    assert spool.sweep_strays(timedelta(hours=-1)) == 1
    assert spool.sweep_strays(timedelta(hours=-1)) == 1
    assert os.listdir(spool.root) == []


def test_a_mark_is_a_name_more_and_says_when_it_was_made(spool: Spool, create: Create) -> None:
    upload = create(length=0)
    files = Files(spool.root, upload.id)
    os.utime(files.sidecar, (0, 0))
    spool.mark_received(upload.id)
    assert files.received.samefile(files.sidecar)
    standing = spool.look(upload.id)
    assert standing.received
    spool.release(upload.id)
    assert spool.look(upload.id).expires_at > datetime.now(UTC) + upload.lifetime - timedelta(minutes=1)
