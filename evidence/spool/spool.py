"""The spool: a directory of uploads, shared by every process of one host.

All of it is synchronous and most of it waits for a disk: an event loop calls it from threads.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from evidence.errors import Conflict, NotFound
from evidence.spool import generation, leaves
from evidence.spool.chunk import Chunk
from evidence.spool.commit import GroupCommit
from evidence.spool.damage import sync_bytes
from evidence.spool.join import join
from evidence.spool.layout import (
    Files,
    make_file,
    opened,
    publish_file,
    sync_directory,
    sync_file,
    untouched_for,
)
from evidence.spool.leaves import Examined
from evidence.spool.room import Room
from evidence.spool.sidecar import Upload, encode, remove_cut_short
from evidence.spool.standing import Standing, Taken, declared_length
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
        if repeatable:
            remove_cut_short(files)
        make_bytes = partial(make_file, files.bytes, b"")
        # Its content follows its name, since one journal entry then holds the names of both.
        make_sidecar = partial(publish_file, files.sidecar, encode(upload), synced=False)
        try:
            # A sweep may take what a killed one left of it, until the sidecar is there: then look once more.
            for step in (make_bytes, make_sidecar, make_bytes) if repeatable else (make_bytes, make_sidecar):
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
        """Say how the upload stands, without disturbing anybody.

        Its offset need not be on the disk. Raises `NotFound`, or `Gone` where it has expired or is damaged.
        """
        return Standing.read(self._files(upload_id)).alive()

    def settled(self, upload_id: UUID) -> Standing:
        """Say how the upload stands, as `look` does, with an offset that is on the disk."""
        return self._settled(self.look(upload_id))

    def take(self, upload_id: UUID) -> Taken:
        """Take the upload over from whoever had it; what was written until now is on the disk.

        From here on the offset moves only through a `writer` of this very `Taken`. Raises as `settled`, or
        `Busy` where a stopped process holds the upload's lock.
        """
        files = self._files(upload_id)
        before = self.look(upload_id)
        if before.received:
            return Taken(before, generation=0)
        try:
            with opened(files.sidecar, os.O_RDWR) as counter, generation.patient_step(counter):
                mine = generation.raise_by_one(counter)
        except FileNotFoundError:  # ended a moment ago
            return Taken(self.look(upload_id), generation=0)
        return Taken(self._settled(Standing.read(files, before.upload).alive()), mine)

    def _settled(self, standing: Standing) -> Standing:
        if standing.received or not standing.offset:
            return standing
        files = self._files(standing.upload.id)
        try:
            with opened(files.bytes) as fd:
                sync_bytes(files, fd)
        except FileNotFoundError:  # received or ended a moment ago
            return self.look(files.upload_id)
        return standing

    def writer(self, taken: Taken) -> Writer:
        """Return a writer that goes on where the upload stands; `Superseded` where it has ended meanwhile."""
        try:
            return Writer(self._files(taken.standing.upload.id), taken.generation, taken.standing.offset)
        except FileNotFoundError:
            raise Superseded from None

    def declare_length(self, taken: Taken, length: int) -> None:
        """Say how long a deferred upload is, for the one who has it in hand; once said it stands.

        Raises `Conflict` on a second thought, `Superseded` or `Busy` where another has it, or `DiskFull`.
        """
        files = self._files(taken.standing.upload.id)
        in_hand = generation.step_of(files.sidecar, taken.generation)
        try:
            publish_file(files.length, str(length).encode(), synced=True, holding=in_hand)
        except FileExistsError:
            if declared_length(files) != length:
                raise Conflict(
                    "The length of this upload is settled and cannot change.", code="length_settled"
                ) from None
        self._entries.wait()

    def cut(self, upload_id: UUID) -> Standing:
        """Make what came of an upload the whole of it, expired or not: nobody adds a byte to it any more.

        One that is received or damaged is left as it is. Raises `NotFound`, `DiskFull`, or `Superseded` or
        `Busy` where somebody is just taking it over: try again.
        """
        files = self._files(upload_id)
        before = Standing.read(files)
        if before.received or before.damaged:
            return before
        try:
            with opened(files.sidecar, os.O_RDWR) as counter, generation.patient_step(counter):
                mine = generation.raise_by_one(counter)
        except FileNotFoundError:  # ended a moment ago
            return Standing.read(files)
        standing = self._settled(Standing.read(files, before.upload))
        if not standing.complete:
            in_hand = generation.step_of(files.sidecar, mine)
            publish_file(files.length, str(standing.offset).encode(), synced=True, holding=in_hand, anew=True)
            self._entries.wait()
        return replace(standing, length=standing.offset)

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
        return leaves.complete(self._files(upload_id), length)

    def mark_received(self, upload_id: UUID) -> None:
        """Note that the database has the media. As long as the bytes are here, losing it costs a question."""
        files = self._files(upload_id)
        with suppress(FileExistsError):  # the door's mark is not the worker's to touch: it has another owner
            try:
                # One more name of a file that is there: on some disks a new file takes as long as a sync.
                with room_needed():
                    os.link(files.sidecar, files.received)
                os.utime(files.received)
            except (FileNotFoundError, PermissionError):
                make_file(files.received, b"")

    def examine(self, upload_id: UUID, hand_on: Callable[[memoryview], object] = bool) -> Examined:
        """Read every byte once, and hand each piece on; raises `FileNotFoundError` once they are gone."""
        return leaves.examine(self._files(upload_id).bytes, hand_on)

    def bytes_path(self, upload_id: UUID) -> Path:
        """Return where the upload's bytes are."""
        return self._files(upload_id).bytes

    def whole(self, upload_id: UUID) -> Path:
        """Return where all bytes of a complete upload are; `FileNotFoundError` once they are gone."""
        path = self.bytes_path(upload_id)
        path.stat()
        return path

    def progress(self, upload_id: UUID) -> tuple[int, float]:
        """Say how many bytes came, and when the last did (seconds since 1970), or `FileNotFoundError`."""
        status = self.bytes_path(upload_id).stat()
        return status.st_size, status.st_mtime

    def release(self, upload_id: UUID) -> None:
        """Let the bytes go, once the object store has them; safe to repeat.

        The sidecar stays until it expires: a client that missed the last answer still learns that
        its upload arrived, instead of sending everything again.
        """
        files = self._files(upload_id)
        if files.sidecar.exists():
            self.mark_received(upload_id)
            self._entries.wait()  # from here on the mark alone says that they arrived
        for path in (files.bytes, files.leaves):
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
            if kind == "sidecar" and f"{upload_id}.received" not in names:
                with suppress(NotFound):  # it ended while we were looking, or is cut short
                    yield Standing.read(self._files(UUID(upload_id)))

    def held(self) -> list[UUID]:
        """Name every upload whose bytes are still here, received or not."""
        return [UUID(path.stem) for path in sorted(self.root.glob("*.bytes"))]

    def sweep_received(self, now: datetime) -> int:
        """Forget what the object store has, once nobody needs to ask for it any more."""
        names = set(os.listdir(self.root))
        expired = 0
        for name in sorted(names):
            upload_id, _, kind = name.partition(".")
            # As long as the bytes are here, the worker has not sealed them.
            if kind == "received" and f"{upload_id}.sidecar" in names and f"{upload_id}.bytes" not in names:
                files = self._files(UUID(upload_id))
                with suppress(NotFound):  # another process sweeps as well
                    if Standing.read(files).expires_at <= now:
                        self.remove(files.upload_id)
                        expired += 1
        return expired

    def sweep_drafts(self, older_than: timedelta) -> int:
        """Remove what somebody was making when he was killed, and say how many files that was."""
        drafts = [path for path in untouched_for(self.root, older_than) if path.suffix == ".draft"]
        for path in drafts:
            path.unlink(missing_ok=True)
        return len(drafts)

    def sweep_strays(self, older_than: timedelta) -> int:
        """Remove files whose upload has no sidecar: a creation or an ending that was killed half-way.

        `older_than` must be longer than anybody may still ask for the same creation again.
        """
        known = {name for name in os.listdir(self.root) if name.endswith(".sidecar")}
        removed = 0
        for path in untouched_for(self.root, older_than):
            upload_id = path.name.split(".")[0]
            if f"{upload_id}.sidecar" not in known:
                path.unlink(missing_ok=True)
                removed += 1
            elif path.name in known:
                removed += remove_cut_short(self._files(UUID(upload_id)))
        return removed

    def _files(self, upload_id: UUID) -> Files:
        return Files(self.root, upload_id)
