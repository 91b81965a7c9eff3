"""The spool: a directory of uploads, shared by every process of one host.

All of it is synchronous and most of it waits for a disk: an event loop calls it from threads.
"""

import os
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from evidence.errors import Conflict, Gone, NotFound
from evidence.spool import generation, leaves
from evidence.spool.chunk import Chunk
from evidence.spool.commit import GroupCommit
from evidence.spool.join import join
from evidence.spool.layout import Files, make_file, publish_file, sync_directory, sync_file
from evidence.spool.leaves import LEAF_BYTES, Examined
from evidence.spool.room import Room
from evidence.spool.sidecar import Upload, decode, encode
from evidence.spool.standing import Standing, Taken
from evidence.spool.trouble import DiskFull, Superseded, room_needed
from evidence.spool.writer import Writer


@dataclass(frozen=True)
class Spool:
    """A spool directory, which must exist; threads that share one of these share the syncs of its entries."""

    root: Path
    _entries: GroupCommit = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_entries", GroupCommit(partial(sync_directory, self.root)))

    def create(self, upload: Upload, *, repeatable: bool = False) -> Standing:
        """Make an empty upload that a power cut cannot lose any more; `DiskFull` leaves nothing of it.

        A `repeatable` one may be there already, in part or whole, and in other hands: then it is left as it
        is. What a full disk cuts short of it is left to whoever else has it, or to `sweep_strays`.
        """
        files = self._files(upload.id)
        if repeatable and files.cut_short:
            self.remove(upload.id)
        steps = (
            partial(make_file, files.bytes, b""),
            partial(generation.begin, files.generation),
            # Its content follows its name, since one journal entry then holds the names of all three.
            partial(publish_file, files.sidecar, encode(upload), synced=False),
        )
        try:
            # A sweep may take what a killed one left of it, until the sidecar is there: then look once more.
            for step in (*steps, *steps[:2]) if repeatable else steps:
                with suppress(FileExistsError) if repeatable else nullcontext():
                    step()
            with room_needed(), suppress(FileNotFoundError) if repeatable else nullcontext():
                sync_file(files.sidecar)
        except DiskFull:
            if not repeatable:
                self.remove(upload.id)
            raise
        self._entries.wait()
        if repeatable:
            return self.look(upload.id)
        return Standing(upload, 0, upload.length, upload.created_at + upload.lifetime, received=False)

    def look(self, upload_id: UUID) -> Standing:
        """Say how the upload stands, without disturbing anybody; raises `NotFound`, or `Gone` if expired."""
        files = self._files(upload_id)
        standing = self._stand(files, self._read(files))
        if not standing.received and standing.expires_at <= datetime.now(UTC):
            raise Gone("This upload was left alone for too long and has expired.", code="upload_expired")
        return standing

    def take(self, upload_id: UUID) -> Taken:
        """Take the upload over from whoever had it; what was written until now is on the disk.

        From here on the offset moves only through a `writer` of this very `Taken`. Raises `NotFound`,
        `Gone`, or `Busy` where a stopped process holds the upload's lock.
        """
        files = self._files(upload_id)
        before = self.look(upload_id)
        if before.received:
            return Taken(before, generation=0)
        try:
            counter = generation.open_counter(files.generation)
        except FileNotFoundError:  # received or ended a moment ago
            return Taken(self.look(upload_id), generation=0)
        try:
            with generation.patient_step(counter):
                mine = generation.raise_by_one(counter)
        finally:
            os.close(counter)
        standing = self._stand(files, before.upload)
        if not standing.received and standing.offset:
            try:
                sync_file(files.bytes)
            except FileNotFoundError:  # received or ended a moment ago
                standing = self.look(upload_id)
        return Taken(standing, mine)

    def writer(self, taken: Taken) -> Writer:
        """Return a writer that goes on where the upload stands; `Superseded` where it has ended meanwhile."""
        try:
            return Writer(self._files(taken.standing.upload.id), taken.generation, taken.standing.offset)
        except FileNotFoundError:
            raise Superseded from None

    def declare_length(self, upload_id: UUID, length: int) -> None:
        """Say how long a deferred upload is; once said it stands. Raises `Conflict` on a second thought."""
        files = self._files(upload_id)
        try:
            publish_file(files.length, str(length).encode(), synced=True)
            self._entries.wait()
        except FileExistsError:
            if self._declared_length(files) != length:
                raise Conflict(
                    "The length of this upload is settled and cannot change.", code="length_settled"
                ) from None

    def keep_leaf(self, upload_id: UUID, index: int) -> None:
        """Hash a complete 8 MiB leaf into its slot, and put the bytes up to its end on the disk."""
        files = self._files(upload_id)
        leaves.keep_leaf(files.bytes, files.leaves, index, LEAF_BYTES)

    def chunk(self, upload_id: UUID, algorithm: str) -> Chunk:
        """Begin a chunk apart from its upload, hashed by `algorithm` (a name that hashlib knows)."""
        return Chunk(self._files(upload_id).draft(), algorithm)

    def join(self, upload: Upload) -> Iterator[int]:
        """Join the upload's parts from where that was left, step by step, as `join.join` does."""
        return join(self._files(upload.id), [self._files(part).bytes for part in upload.parts])

    def require_room(self, count: int) -> None:
        """Raise `DiskFull` where the disk has no room for `count` bytes more."""
        if Room.of(self.root).free < count:
            raise DiskFull

    def complete(self, upload_id: UUID, length: int) -> bytes:
        """Put a complete upload on the disk and return the 32 bytes of its `leaves_sha256`."""
        files = self._files(upload_id)
        return leaves.complete(files.bytes, files.leaves, length)

    def mark_received(self, upload_id: UUID) -> None:
        """Note that the database has the media. As long as the bytes are here, losing it costs a question."""
        files = self._files(upload_id)
        with suppress(FileExistsError):  # the door's mark is not the worker's to touch: it has another owner
            try:
                # One more name of a file that is there: on some disks a new file takes as long as a sync.
                os.link(files.generation, files.received)
                os.utime(files.received)
            except (FileNotFoundError, PermissionError):
                make_file(files.received, b"")

    def examine(self, upload_id: UUID) -> Examined:
        """Read every byte once, for the worker who seals; raises `FileNotFoundError` once they are gone."""
        return leaves.examine(self._files(upload_id).bytes)

    def bytes_path(self, upload_id: UUID) -> Path:
        """Return where the upload's bytes are."""
        return self._files(upload_id).bytes

    def release(self, upload_id: UUID) -> None:
        """Let the bytes go, once the object store has them; safe to repeat.

        The sidecar stays until it expires: a client that missed the last answer still learns that
        its upload arrived, instead of sending everything again.
        """
        files = self._files(upload_id)
        if files.sidecar.exists():
            self.mark_received(upload_id)
            self._entries.wait()  # from here on the mark alone says that they arrived
        for path in (files.bytes, files.leaves, files.generation):
            path.unlink(missing_ok=True)
        self._entries.wait()

    def remove(self, upload_id: UUID) -> None:
        """Forget an upload altogether; safe to repeat."""
        for path in self._files(upload_id).all():
            path.unlink(missing_ok=True)
        self._entries.wait()

    def unfinished(self) -> Iterator[Standing]:
        """Every upload that is not known to be received, expired or not."""
        names = set(os.listdir(self.root))
        for name in sorted(names):
            upload_id, _, kind = name.partition(".")
            if kind == "json" and f"{upload_id}.received" not in names:
                files = self._files(UUID(upload_id))
                try:
                    yield self._stand(files, self._read(files))
                except NotFound:
                    continue  # it ended while we were looking

    def held(self) -> list[UUID]:
        """Name every upload whose bytes are still here, received or not."""
        names = sorted(os.listdir(self.root))
        return [UUID(name.removesuffix(".bytes")) for name in names if name.endswith(".bytes")]

    def sweep_received(self, now: datetime) -> int:
        """Forget what the object store has, once nobody needs to ask for it any more."""
        names = set(os.listdir(self.root))
        expired = 0
        for name in sorted(names):
            upload_id, _, kind = name.partition(".")
            # As long as the bytes are here, the worker has not sealed them.
            if kind == "received" and f"{upload_id}.json" in names and f"{upload_id}.bytes" not in names:
                files = self._files(UUID(upload_id))
                with suppress(NotFound):  # another process sweeps as well
                    if self._stand(files, self._read(files)).expires_at <= now:
                        self.remove(files.upload_id)
                        expired += 1
        return expired

    def sweep_strays(self, older_than: timedelta) -> int:
        """Remove files whose upload has no sidecar: a creation or an ending that was killed half-way."""
        sidecars = (name.removesuffix(".json") for name in os.listdir(self.root) if name.endswith(".json"))
        known = {name for name in sidecars if not self._files(UUID(name)).cut_short}
        limit = (datetime.now(UTC) - older_than).timestamp()
        removed = 0
        for entry in os.scandir(self.root):
            # Upload names have no dot: a draft of a sidecar belongs to its upload as well.
            stray = entry.name.split(".")[0] not in known or entry.name.endswith(".draft")
            with suppress(FileNotFoundError):  # a draft that was published a moment ago
                if stray and entry.is_file() and entry.stat().st_mtime < limit:
                    Path(entry.path).unlink()
                    removed += 1
        return removed

    def _files(self, upload_id: UUID) -> Files:
        return Files(self.root, upload_id)

    @staticmethod
    def _read(files: Files) -> Upload:
        with suppress(FileNotFoundError):
            if said := files.sidecar.read_bytes():  # empty, where a power cut came before any answer
                return decode(files.upload_id, said)
        raise NotFound("There is no such upload.", code="unknown_upload")

    def _stand(self, files: Files, upload: Upload) -> Standing:
        length = upload.length if upload.length is not None else self._declared_length(files)
        try:
            received, touched, size = self._progress(files)
        except FileNotFoundError:  # removed a moment ago, sidecar first
            raise NotFound("There is no such upload.", code="unknown_upload") from None
        expires_at = datetime.fromtimestamp(touched, UTC) + upload.lifetime
        return Standing(upload, (length or 0) if received else size, length, expires_at, received)

    @staticmethod
    def _progress(files: Files) -> tuple[bool, float, int]:
        """Whether it is received, when its last byte came, and its size."""
        received = files.received.exists()
        try:
            status = files.bytes.stat()
            return received, status.st_mtime, status.st_size
        except FileNotFoundError:
            # The worker marks an upload before it lets the bytes go: a look may have come in between.
            received = files.received.exists()
            return received, (files.received if received else files.sidecar).stat().st_mtime, 0

    @staticmethod
    def _declared_length(files: Files) -> int | None:
        try:
            return int(files.length.read_bytes())
        except FileNotFoundError:
            return None
