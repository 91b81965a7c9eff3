from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.errors import Conflict, Invalid, NotFound
from tipline.backup.image import Seen
from tipline.backup.repository import Kept, Manifest, Repository, chunks_of
from tipline.backup.take import Copy

NOW = datetime.now(UTC)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    repository = Repository(tmp_path / "backups", chunk_bytes=4)
    with repository.alone():
        return repository


def copied(repository: Repository, content: bytes, known: Kept | None = None, grows: str = "1-a") -> Kept:
    before = {(known.path, known.grows or ""): known} if known else {}
    copy = Copy(repository, before, lambda _done, _total: None, len(content))
    return copy.file(Seen("store/data/3.dat", len(content), whole=content, grows=grows))


def test_of_a_volume_only_what_it_grew_by_is_read_again(repository: Repository) -> None:
    first = copied(repository, b"abcdefghij")
    # Whole chunks are taken from the backup before, unread: what stands there now would be seen.
    second = copied(repository, b"????????ijklm", first)
    assert b"".join(repository.read(chunk) for chunk in second.chunks) == b"abcdefghijklm"


def test_a_volume_that_was_compacted_is_read_anew(repository: Repository) -> None:
    first = copied(repository, b"abcdefghij")
    second = copied(repository, b"cdefghijkl", first, grows="2-b")
    assert b"".join(repository.read(chunk) for chunk in second.chunks) == b"cdefghijkl"


def test_old_backups_go_with_what_only_they_had_and_the_newest_stays(repository: Repository) -> None:
    backups = [
        Manifest(NOW - timedelta(days=days), "0", (copied(repository, content),), "")
        for days, content in ((90, b"abcdefgh"), (60, b"efghijkl"), (40, b"efghmnop"))
    ]
    for manifest in backups:
        repository.publish(manifest)
    assert repository.forget_before(NOW - timedelta(days=30)) == 2
    assert repository.names() == [backups[2].name]
    assert [repository.read(chunk) for chunk in backups[2].files[0].chunks] == [b"efgh", b"mnop"]
    with pytest.raises(Invalid, match="missing"):
        repository.read(next(chunks_of(backups[0].files)))


def test_a_backup_that_was_cut_short_is_none(repository: Repository) -> None:
    manifest = Manifest(NOW, "0", (), "")
    repository.publish(manifest)
    whole = repository.root / "backups" / f"{manifest.name}.json.sha256"
    whole.rename(whole.with_suffix(".draft"))
    with pytest.raises(NotFound):
        repository.manifest()


def test_a_changed_list_is_named(repository: Repository) -> None:
    manifest = Manifest(NOW, "0", (), "")
    repository.publish(manifest)
    file = repository.root / "backups" / f"{manifest.name}.json"
    file.write_bytes(replace(manifest, version="1").to_bytes())
    with pytest.raises(Invalid, match="damaged"):
        repository.manifest()


def test_two_at_once_do_not_write_into_one(repository: Repository) -> None:
    with repository.alone(), pytest.raises(Conflict), repository.alone():
        pass
