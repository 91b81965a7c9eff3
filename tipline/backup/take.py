"""Taking a backup: one moment of everything, then the copying, while the doors go on."""

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from evidence.db.connect import connect
from evidence.errors import Unavailable
from evidence.version import VERSION
from tipline.backup.database import Moment, dump, held_moment, moved
from tipline.backup.deletions import deletions_now
from tipline.backup.image import Seen, allow_many_files, spool_as_it_is, store_as_it_is
from tipline.backup.repository import Kept, Manifest, Repository
from tipline.backup.strongbox import Lock, gathered
from tipline.up.instance import Embedded

DUMP = "database.dump"
_TRIES = 50

Progress = Callable[[int, int], None]
"""Told how many bytes are done, and of how many."""


@dataclass(frozen=True)
class Taken:
    """What became of it: the backup, how many bytes of files, and how many of them were new."""

    manifest: Manifest
    size: int
    new: int


def take(site: Embedded, repository: Repository, lock: Lock, progress: Progress) -> Taken:
    """Take a backup of what runs. Cut short, it is begun again and finds what was copied before.

    Raises `Unavailable` where the database or the store is away, or the disk is full (OSError).
    """
    allow_many_files()
    with ExitStack() as held:
        moment, seen = _at_one_moment(site, held)
        copy = Copy(repository, _known(repository), progress, sum(file.size for file in seen))
        dumped = copy.stream(DUMP, dump(site.admin_url, moment.snapshot, repository.chunk_bytes))
        files = [dumped, *(copy.file(file) for file in seen)]
    sealed = base64.b64encode(lock.seal(gathered(site.folders.secrets))).decode()
    manifest = Manifest(moment.at, VERSION, tuple(files), sealed, asdict(site.buckets))
    repository.publish(manifest)
    repository.keep_deletions(deletions_now(site.admin_url).to_bytes())
    return Taken(manifest, sum(file.size for file in files), copy.new)


def _at_one_moment(site: Embedded, held: ExitStack) -> tuple[Moment, list[Seen]]:
    """Hold a snapshot of the database, and the spool and the store as they were then.

    Where an original went from the one to the other just between, or a head was signed, or a tip's end
    begun, it is tried again.
    """
    for _ in range(_TRIES):
        with ExitStack() as attempt:
            moment = attempt.enter_context(held_moment(site.admin_url))
            spool = spool_as_it_is(site.folders.spool, attempt)
            if moment.unsealed <= set(_with_bytes(spool)):
                store = store_as_it_is(site.folders.root / "store/data", site.store_pid, attempt)
                with connect(site.admin_url) as conn:
                    if moved(conn) == moment.moved:
                        held.push(attempt.pop_all())
                        return moment, [*spool, *store]
    raise Unavailable("Too much is sealed just now for a backup; try again.", code="backup_too_busy")


def _with_bytes(spool: list[Seen]) -> Iterator[UUID]:
    for file in spool:
        if file.path.endswith(".bytes"):
            yield UUID(Path(file.path).stem)


def _known(repository: Repository) -> dict[tuple[str, str], Kept]:
    """What the newest backup has of files that only grow."""
    if not repository.names():
        return {}
    return {(kept.path, kept.grows): kept for kept in repository.manifest().files if kept.grows}


@dataclass
class Copy:
    """Copies files into chunks; of those that only grow, what the backup before has is not read again."""

    repository: Repository
    known: dict[tuple[str, str], Kept]
    progress: Progress
    total: int
    done: int = 0
    new: int = 0

    def stream(self, path: str, pieces: Iterator[bytes]) -> Kept:
        """Keep what comes in pieces, whose size nobody knows before."""
        chunks, size = [], 0
        for piece in pieces:
            size += len(piece)
            self.total += len(piece)
            chunks.append(self._put(piece))
        return Kept(path, size, tuple(chunks))

    def file(self, seen: Seen) -> Kept:
        """Keep one file."""
        step, chunks = self.repository.chunk_bytes, list[str]()
        before = self.known.get((seen.path, seen.grows or ""))
        if before and before.size <= seen.size:
            whole = before.chunks[: before.size // step]
            if all(self.repository.has(chunk) for chunk in whole):
                chunks.extend(whole)
                self._tell(len(whole) * step)
        for start in range(len(chunks) * step, seen.size, step):
            chunks.append(self._put(seen.read(start, step)))
        return Kept(seen.path, seen.size, tuple(chunks), seen.grows)

    def _put(self, piece: bytes) -> str:
        name, is_new = self.repository.put(piece)
        self.new += len(piece) if is_new else 0
        self._tell(len(piece))
        return name

    def _tell(self, count: int) -> None:
        self.done += count
        self.progress(self.done, self.total)
