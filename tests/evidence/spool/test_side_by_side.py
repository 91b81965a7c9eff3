"""The spool's steps side by side, as several processes take them: whoever loses a race is told so."""

import os
import resource
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from evidence.errors import Gone, NotFound
from evidence.spool import DiskFull, Spool, Superseded, Upload, UploadSecret
from evidence.spool.layout import Files
from tests.evidence.spool.conftest import Create

ROUNDS = 150


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Begin all steps together; return what each returned, or the refusal that it met."""
    together = Barrier(len(steps))

    def run(step: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return step()
        except (NotFound, Gone, Superseded) as refusal:
            return refusal

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(run, steps))


def test_an_upload_taken_while_it_is_removed_is_there_or_not_found(spool: Spool, create: Create) -> None:
    for _ in range(ROUNDS):
        upload = create()
        at_once(
            partial(spool.remove, upload.id),
            *[partial(spool.take, upload.id)] * 2,
            *[partial(spool.look, upload.id)] * 2,
        )
        assert not list(spool.root.iterdir())


def test_an_upload_taken_while_its_bytes_are_released_has_arrived(spool: Spool, create: Create) -> None:
    for _ in range(ROUNDS):
        upload = create(length=3)
        with spool.writer(spool.take(upload.id)) as writer:
            writer.append(b"abc")
        _, *taken = at_once(partial(spool.release, upload.id), *[partial(spool.take, upload.id)] * 3)
        assert {one.standing.offset for one in taken} == {3}
        assert spool.take(upload.id).standing.received


def test_several_sweep_the_same_at_once(spool: Spool, create: Create) -> None:
    for _ in range(ROUNDS // 3):
        for _ in range(5):
            upload = create(length=0, lifetime=timedelta(hours=1))
            spool.release(upload.id)
        later = datetime.now(UTC) + timedelta(hours=2)
        swept = at_once(*[partial(spool.sweep_received, later)] * 3)
        assert all(isinstance(count, int) for count in swept), swept
        assert not list(spool.root.iterdir())


def joined(spool: Spool) -> Upload:
    """Describe an upload that joins one part of three bytes, and make that part."""
    part, secret = UploadSecret.new(), UploadSecret.new()
    common: dict[str, Any] = {
        "length": 3,
        "lifetime": timedelta(hours=72),
        "sealed_name": b"",
        "metadata": "",
    }
    spool.create(Upload.new(part, concat="partial", **common))
    with spool.writer(spool.take(part.upload_id)) as writer:
        writer.append(b"abc")
    return Upload.new(secret, parts=(part.upload_id,), concat="final", **common)


def test_a_joined_upload_begun_again_after_it_arrived_still_has_arrived(spool: Spool) -> None:
    """Its creator was stopped before the first step, and goes on when another has done everything."""
    upload = joined(spool)
    spool.create(upload, repeatable=True)
    assert list(spool.join(upload)) == [3]
    spool.release(upload.id)
    again = spool.create(upload, repeatable=True)
    assert (again.received, again.offset) == (True, 3)


def test_bytes_left_of_a_joined_upload_are_not_swept_from_under_its_successor(spool: Spool) -> None:
    upload = joined(spool)
    files = Files(spool.root, upload.id)
    for _ in range(ROUNDS // 3):
        files.bytes.touch()
        long_ago = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
        os.utime(files.bytes, (long_ago, long_ago))
        at_once(lambda: spool.create(upload, repeatable=True), lambda: spool.sweep_strays(timedelta(hours=1)))
        assert not spool.look(upload.id).received, "an upload without bytes counts as arrived"
        spool.remove(upload.id)


def test_a_full_disk_takes_nothing_of_a_joined_upload_that_another_made(spool: Spool) -> None:
    """Whoever begins it a second time finds no room; what is there may be all that is left of a clip."""
    upload = joined(spool)
    spool.create(upload, repeatable=True)
    assert list(spool.join(upload)) == [3]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(DiskFull):
            spool.create(upload, repeatable=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert spool.bytes_path(upload.id).read_bytes() == b"abc"
