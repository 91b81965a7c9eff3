"""An original at hand for work: every byte of it is checked against the hash that it was sealed under.

A small one is taken along when it is sealed, since it is read then anyway; any other is read back.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from evidence.media import Media
from evidence.storage.store import Store
from workers.bench import Bench, Desk
from workers.inspect.refusals import RefusedError
from workers.sandbox.launch import ToolStoppedError

log = logging.getLogger(__name__)

TAKEN_ALONG_BYTES = 1 << 30
"""Up to here the spool, the store and the worker may each hold the same bytes for a moment."""


@contextmanager
def taken_along(task: Desk) -> Iterator[Callable[[memoryview], object]]:
    """What it gives takes the original piece by piece; ended well, the original is in the media's room.

    A disk that has no room for it costs a seal nothing: the next stage reads the original back.
    """
    if task.media.size > TAKEN_ALONG_BYTES:
        yield bool
        return
    coming, whole = task.room / "coming", True
    with coming.open("wb", buffering=0) as file:

        def take(piece: memoryview) -> None:
            nonlocal whole
            try:
                whole = whole and file.write(piece) == len(piece)
            except OSError as full:
                log.warning("media %s is not taken along: %s", task.media.id, full.strerror)
                whole = False

        yield take
    if whole:
        coming.rename(_place(task))


def fetch(bench: Bench, task: Desk) -> Path:
    """The original as a file in the media's room; a stage before this one may have fetched it.

    Raises `RefusedError` (`original_altered`) where the store's bytes are not those that were sealed,
    `Unavailable` where the store is away, `ToolStoppedError` when the turn is called off.
    """
    path = _place(task)
    if not path.exists():
        coming = task.room / "coming"
        if _copy(bench.store, task, coming) != task.media.sha256:
            raise RefusedError("original_altered")
        coming.rename(path)
    return path


def _place(task: Desk) -> Path:
    return task.room / "original"


def _copy(store: Store, task: Desk, path: Path) -> bytes:
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
