"""Where backups lie: chunks named by their SHA-256, shared by all backups, and one list of files for each.

| in DIR | what |
|---|---|
| `chunks/ab/abcd...` | up to 16 MiB of a file; the name is its SHA-256, so `sha256sum` checks it without us |
| `backups/TIME.json` | what one backup holds: each file's path, size and chunks in order |
| `backups/TIME.json.sha256` | its sum, as `sha256sum -c` reads it; it comes last, and makes the backup one |
| `deletions.json` | the tips that have been deleted, to be deleted again in whatever is restored |
"""

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from evidence.errors import Conflict, Invalid, NotFound
from evidence.spool.layout import sync_directory
from evidence.storage.disk import settle
from tipline.backup.moments import moment_of, name_of

CHUNK_BYTES = 16 * 1024 * 1024
FORMAT = 1


@dataclass(frozen=True)
class Kept:
    """One file of a backup. `grows` names a file that only grows: under the same name, its old bytes stay."""

    path: str
    size: int
    chunks: tuple[str, ...]
    grows: str | None = None


@dataclass(frozen=True)
class Manifest:
    """What one backup holds: everything acknowledged before `taken_at`. `secrets` are sealed, in base64."""

    taken_at: datetime
    version: str
    files: tuple[Kept, ...]
    secrets: str
    buckets: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The time it was taken, as its file is called."""
        return name_of(self.taken_at)

    def to_bytes(self) -> bytes:
        """Return the JSON that is kept."""
        said = {**asdict(self), "format": FORMAT, "taken_at": self.taken_at.isoformat()}
        return json.dumps(said, indent=1).encode()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote; raises `Invalid` where another version of Tipline wrote it."""
        said: dict[str, Any] = json.loads(stored)
        if said.pop("format") != FORMAT:
            raise Invalid("This backup is of another format than this version knows.", code="backup_format")
        files = tuple(Kept(**{**kept, "chunks": tuple(kept["chunks"])}) for kept in said.pop("files"))
        return cls(**{**said, "taken_at": datetime.fromisoformat(said["taken_at"]), "files": files})


@dataclass(frozen=True)
class Repository:
    """A directory of backups."""

    root: Path
    chunk_bytes: int = CHUNK_BYTES

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Make its directories, and keep others from writing; raises `Conflict` where another does."""
        for folder in (self.root, self._chunks, self._backups):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise Conflict(f"Another backup is being made into {self.root}.", code="backup_runs") from None
        try:
            yield
        finally:
            os.close(fd)

    def put(self, content: bytes) -> tuple[str, bool]:
        """Keep a chunk, unless it is there; return its name, and whether it is new.

        It is on the disk only once `publish` returned.
        """
        name = hashlib.sha256(content).hexdigest()
        place = self._chunk(name)
        if place.exists() and place.stat().st_size == len(content):
            return name, False
        place.parent.mkdir(mode=0o700, exist_ok=True)
        _publish(place, content)
        return name, True

    def read(self, name: str) -> bytes:
        """Return a chunk; raises `Invalid` (`backup_damaged`) where it is not what its name says."""
        try:
            content = self._chunk(name).read_bytes()
        except FileNotFoundError:
            raise Invalid(f"A chunk of this backup is missing: {name}", code="backup_damaged") from None
        if hashlib.sha256(content).hexdigest() != name:
            raise Invalid(f"A chunk of this backup is damaged: {name}", code="backup_damaged")
        return content

    def has(self, name: str) -> bool:
        """Whether a chunk is there."""
        return self._chunk(name).exists()

    def publish(self, manifest: Manifest) -> None:
        """Make a backup of what was put, once the disk has all of it."""
        settle(self.root)
        file, content = self._backups / f"{manifest.name}.json", manifest.to_bytes()
        _publish(file, content, synced=True)
        summed = f"{hashlib.sha256(content).hexdigest()}  {file.name}\n"
        _publish(file.with_name(f"{file.name}.sha256"), summed.encode(), synced=True)

    def names(self) -> list[str]:
        """Every whole backup, oldest first."""
        return sorted(file.name.removesuffix(".json.sha256") for file in self._backups.glob("*.sha256"))

    def newest(self) -> datetime | None:
        """When the newest whole backup was taken; None where there is none."""
        names = self.names()
        return moment_of(names[-1]) if names else None

    def manifest(self, name: str | None = None) -> Manifest:
        """Return a backup by its name, by default the newest; raises `NotFound`, `Invalid`."""
        found = [known for known in self.names() if name in (None, known)]
        if not found:
            what = f"backup {name}" if name else "backup"
            raise NotFound(f"There is no {what} in {self.root}.", code="no_backup")
        file = self._backups / f"{found[-1]}.json"
        content = file.read_bytes() if file.exists() else b""
        said = file.with_name(f"{file.name}.sha256").read_text().split(" ")[0]
        if hashlib.sha256(content).hexdigest() != said:
            raise Invalid(f"The list of backup {found[-1]} is damaged.", code="backup_damaged")
        return Manifest.from_bytes(content)

    def forget_before(self, limit: datetime) -> int:
        """Remove backups that are older, but never the newest, and what no other needs; return how many."""
        old = [name for name in self.names()[:-1] if self.manifest(name).taken_at < limit]
        for name in old:
            (self._backups / f"{name}.json.sha256").unlink()
            (self._backups / f"{name}.json").unlink(missing_ok=True)
        if old:
            self._sweep()
        return len(old)

    def _sweep(self) -> None:
        needed = {chunk for name in self.names() for chunk in chunks_of(self.manifest(name).files)}
        for place in self._chunks.glob("*/*"):
            if place.name not in needed:
                place.unlink()

    def keep_deletions(self, content: bytes) -> None:
        """Replace the list of deleted tips."""
        _publish(self.root / "deletions.json", content, synced=True)

    def deletions(self) -> bytes | None:
        """The list of deleted tips as it was last kept."""
        file = self.root / "deletions.json"
        return file.read_bytes() if file.exists() else None

    @property
    def _chunks(self) -> Path:
        return self.root / "chunks"

    @property
    def _backups(self) -> Path:
        return self.root / "backups"

    def _chunk(self, name: str) -> Path:
        return self._chunks / name[:2] / name


def chunks_of(files: Iterable[Kept]) -> Iterator[str]:
    """Every chunk of some files, in order."""
    for file in files:
        yield from file.chunks


def _publish(place: Path, content: bytes, *, synced: bool = False) -> None:
    draft = place.with_name(f"{secrets.token_hex(8)}.draft")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
            file.flush()
            if synced:
                os.fsync(fd)
        draft.rename(place)
        if synced:
            sync_directory(place.parent)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
