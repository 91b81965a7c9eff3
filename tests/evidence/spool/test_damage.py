"""A disk that fails a sync: the kernel says so once, and no second sync may pass for success."""

import errno
import os
from collections.abc import Callable

import pytest

from evidence.errors import Gone
from evidence.spool import LEAF_BYTES, DiskFull, Spool, Taken, Upload
from tests.evidence.spool.conftest import Create


class FailingDisk:
    """Fails the next fdatasync and none after it, as Linux does; no test may break a real disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._failing = 0
        self._sync = os.fdatasync
        monkeypatch.setattr(os, "fdatasync", self._fdatasync)

    def fail_once(self, number: int) -> None:
        self._failing = number

    def _fdatasync(self, fd: int) -> None:
        failing, self._failing = self._failing, 0
        if failing:
            raise OSError(failing, os.strerror(failing))
        self._sync(fd)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FailingDisk:
    return FailingDisk(monkeypatch)


def written(spool: Spool, upload: Upload, content: bytes) -> None:
    with spool.writer(spool.take(upload.id)) as writer:
        writer.append(content)


def keep_leaf(spool: Spool, upload: Upload) -> None:
    with spool.writer(Taken(spool.look(upload.id), generation=1)) as writer:
        writer.keep_leaf(0)


def sync_writer(spool: Spool, upload: Upload) -> None:
    with spool.writer(Taken(spool.look(upload.id), generation=1)) as writer:
        writer.sync()


SYNCS: dict[str, Callable[[Spool, Upload], object]] = {
    "the writer": sync_writer,
    "a newer request": lambda spool, upload: spool.take(upload.id),
    "a look that settles": lambda spool, upload: spool.settled(upload.id),
    "a whole leaf": keep_leaf,
    "the end": lambda spool, upload: spool.complete(upload.id, LEAF_BYTES),
}


@pytest.mark.parametrize(("number", "error"), [(errno.EIO, OSError), (errno.ENOSPC, DiskFull)])
@pytest.mark.parametrize("sync", SYNCS.values(), ids=SYNCS)
def test_what_a_disk_did_not_keep_is_never_told_again(
    spool: Spool,
    create: Create,
    disk: FailingDisk,
    sync: Callable[[Spool, Upload], object],
    number: int,
    error: type[Exception],
) -> None:
    upload = create(length=LEAF_BYTES + 3)
    written(spool, upload, bytes(LEAF_BYTES))
    disk.fail_once(number)
    with pytest.raises(error):
        sync(spool, upload)
    for ask in (spool.look, spool.settled, spool.take):
        with pytest.raises(Gone) as gone:
            ask(upload.id)
        assert gone.value.code == "upload_damaged"


def test_what_is_damaged_never_becomes_a_media_and_goes_when_its_time_is_over(
    spool: Spool, create: Create, disk: FailingDisk
) -> None:
    upload = create(length=3)
    written(spool, upload, b"abc")
    disk.fail_once(errno.EIO)
    with pytest.raises(OSError, match="Input/output"):
        spool.complete(upload.id, 3)
    (standing,) = spool.unfinished()
    assert (standing.complete, standing.damaged, standing.ripe) == (True, True, False)
    spool.remove(upload.id)
    assert os.listdir(spool.root) == []
