"""Reading a sealed original back for work: every byte is checked against the hash it was sealed under."""

import hashlib
from pathlib import Path

from evidence.media import Media
from evidence.storage.store import Store
from workers.bench import Bench, Task
from workers.inspect.refusals import RefusedError
from workers.sandbox.launch import ToolStoppedError


def fetch(bench: Bench, task: Task) -> Path:
    """The original as a file in the media's room; a stage before this one may have fetched it.

    Raises `RefusedError` (`original_altered`) where the store's bytes are not those that were sealed,
    `Unavailable` where the store is away, `ToolStoppedError` when the turn is called off.
    """
    path = task.room / "original"
    if not path.exists():
        coming = task.room / "coming"
        if _copy(bench.store, task, coming) != task.media.sha256:
            raise RefusedError("original_altered")
        coming.rename(path)
    return path


def _copy(store: Store, task: Task, path: Path) -> bytes:
    media = task.media
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for piece in store.open_range(store.originals, object_key(media), version=media.object_version):
            digest.update(piece)
            file.write(piece)
            if task.stop():
                raise ToolStoppedError("The worker stopped reading an original.")
    return digest.digest()


def object_key(media: Media) -> str:
    """Where an original lies: ids only, which tell nothing and cannot be counted."""
    return media.object_key or f"{media.tip_id}/{media.id}"
