"""An original at hand: taken along from its seal, or read back, and the sealed bytes either way."""

import hashlib
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from evidence import media
from tests.workers.conftest import Site
from workers import originals
from workers.bench import Bench, Task
from workers.inspect.refusals import RefusedError
from workers.seal.seal import seal

CONTENT = bytes(range(256)) * 4096


def test_what_was_read_for_the_seal_is_at_hand_afterwards(bench: Bench, site: Site, tmp_path: Path) -> None:
    task = sealed(bench, site, arrived(site, tmp_path / "room"))
    assert (task.room / "original").read_bytes() == CONTENT
    assert originals.fetch(bench, task) == task.room / "original"


def test_a_large_one_is_read_back(
    bench: Bench, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(originals, "TAKEN_ALONG_BYTES", len(CONTENT) - 1)
    task = sealed(bench, site, arrived(site, tmp_path / "room"))
    assert list(task.room.iterdir()) == []
    assert originals.fetch(bench, task).read_bytes() == CONTENT


def test_a_full_disk_costs_no_seal(bench: Bench, site: Site, tmp_path: Path) -> None:
    task = arrived(site, tmp_path / "room")
    with room_for(len(CONTENT) // 2):
        task = sealed(bench, site, task)
    assert task.media.sha256 == hashlib.sha256(CONTENT).digest()
    assert not (task.room / "original").exists()
    assert originals.fetch(bench, task).read_bytes() == CONTENT


def test_bytes_that_are_not_those_sealed_are_refused(bench: Bench, site: Site, tmp_path: Path) -> None:
    task = sealed(bench, site, arrived(site, tmp_path / "room"))
    (task.room / "original").unlink()
    with site.database.as_admin() as conn:
        conn.execute("UPDATE media SET sha256 = sha256('other') WHERE id = %s", [task.media.id])
    with pytest.raises(RefusedError) as refused:
        originals.fetch(bench, replace(task, media=site.media(task.media.id)))
    assert refused.value.refusal.code == "original_altered"


def arrived(site: Site, room: Path) -> Task:
    """A media at its first stage, under a lease."""
    media_id = site.arrive(CONTENT)
    with site.database.as_role("worker") as conn:
        lease = media.claim(conn, media_id, "seal", 60)
    assert lease
    room.mkdir()
    return Task(site.media(media_id), room, bool, lease)


def sealed(bench: Bench, site: Site, task: Task) -> Task:
    """The same media once it has been sealed, its room as that stage left it."""
    done = seal(bench, task)
    with site.database.as_role("worker") as conn:
        done.record(conn, task.lease)
    return replace(task, media=site.media(task.media.id))


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: what a full disk does, for this process alone."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
