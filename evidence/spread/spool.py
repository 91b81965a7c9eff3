"""The spool of one host among many: what `Spool` does, with the bucket's log as the truth."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from evidence.errors import Conflict, NotFound
from evidence.spool import Examined, Spool, Standing, Superseded, Taken, Upload
from evidence.spool import generation as generations
from evidence.spool.join import join
from evidence.spool.layout import Files
from evidence.spool.sidecar import decode, encode
from evidence.spool.trouble import Busy, DiskFull
from evidence.spread import copy
from evidence.spread.record import Record, head_of
from evidence.spread.shelf import Shelf
from evidence.spread.writer import SpreadWriter, TakenHere

_TRIES = 8
# How often a host looks at what others may have left behind, and how long that must have been left alone.
ROUND_SECONDS = 600.0
LEFT_ALONE = timedelta(seconds=60)
# What is done is forgotten by days, which begin at midnight.
_A_DAY = timedelta(days=1)


@dataclass
class _Round:
    due_at: float = 0.0

    def begun(self) -> bool:
        """Whether a round is due; if so, the next one is a while away."""
        due = time.monotonic() >= self.due_at
        if due:
            self.due_at = time.monotonic() + ROUND_SECONDS
        return due


@dataclass(frozen=True)
class SpreadSpool(Spool):
    """A spool whose directory is a working copy of what the hosts share in a bucket.

    Everything that `Spool` says of the disk holds of the bucket too; and whatever asks the bucket raises
    `Unavailable` where it is away. `lifetime` is at least how long an upload waits for its next byte.
    """

    shelf: Shelf = field(kw_only=True)
    lifetime: timedelta = field(default=timedelta(days=30), kw_only=True)
    _round: _Round = field(default_factory=_Round, init=False, repr=False, compare=False)

    def create(self, upload: Upload, *, repeatable: bool = False) -> Standing:
        """Make an upload that the loss of this host cannot lose any more."""
        self.shelf.hold(upload.id)
        if not self.shelf.append(upload.id, 0, encode(upload)):
            if not repeatable:
                raise Conflict("There is such an upload already.", code="upload_exists")
            return self.look(upload.id)
        files = self._files(upload.id)
        try:
            copy.make_copy(files, upload)
            copy.first_run(files)
        except DiskFull:
            if not repeatable:
                self.remove(upload.id)
            raise
        return Standing(upload, 0, upload.length, upload.created_at + upload.lifetime, received=False)

    def look(self, upload_id: UUID) -> Standing:
        """Say how the upload stands in the bucket, whichever host has it."""
        return self._standing(upload_id, self._record(upload_id)).alive()

    def settled(self, upload_id: UUID) -> Standing:
        """The same: an offset of the bucket's is settled."""
        return self.look(upload_id)

    def take(self, upload_id: UUID) -> Taken:
        """Take the upload over from whoever had it, at this host or another."""
        taken = self._take(upload_id, Standing.alive)
        return replace(taken, standing=taken.standing.alive())

    def _take(self, upload_id: UUID, checked: Callable[[Standing], Standing]) -> Taken:
        files = self._files(upload_id)
        for _ in range(_TRIES):
            record = self._record(upload_id)
            standing = checked(self._standing(upload_id, record))
            if standing.received:
                return Taken(standing, generation=0)
            if files.damaged.exists():  # this disk lost some of it; the bucket did not
                copy.drop_copy(files)
            copy.make_copy(files, standing.upload)
            with suppress(FileNotFoundError):  # dropped by a look through the spool: once more
                if copy.holds(files, record):
                    return self._go_on(files, standing, record)
                if self.shelf.append(upload_id, record.next, b""):
                    mine = copy.begin_run(files, record.next, record.offset)
                    return TakenHere(standing, mine, record.next, record.next + 1, record.offset)
        raise Busy

    def _go_on(self, files: Files, standing: Standing, record: Record) -> Taken:
        mine, size = copy.go_on(files)
        at_end = replace(standing, offset=size)
        taken = TakenHere(at_end, mine, record.run, record.next, record.offset)
        with closing(SpreadWriter(files, taken, self.shelf)) as writer:
            writer.sync()
            return writer.in_hand(at_end)

    def writer(self, taken: Taken) -> SpreadWriter:
        """Return a writer that goes on where the upload stands; `Superseded` where it has ended meanwhile."""
        if not isinstance(taken, TakenHere):
            raise Superseded
        try:
            return SpreadWriter(self._files(taken.standing.upload.id), taken, self.shelf)
        except FileNotFoundError:
            raise Superseded from None

    def declare_length(self, taken: Taken, length: int) -> None:
        """Settle a deferred length in the log, for the one who has the upload in hand."""
        upload_id = taken.standing.upload.id
        with generations.step_of(self._files(upload_id).sidecar, taken.generation):
            pass
        for _ in range(_TRIES):
            record = self._record(upload_id)
            if record.length_at is not None:
                raise Conflict("The length is settled and cannot change.", code="length_settled")
            if not isinstance(taken, TakenHere) or record.run != taken.run:
                raise Superseded
            if self.shelf.append(upload_id, record.next, head_of(length)):
                return
        raise Busy

    def cut(self, upload_id: UUID) -> Standing:
        """Make what came of an upload the whole of it, wherever it was in hand."""
        for _ in range(_TRIES):
            before = self._standing(upload_id, self._record(upload_id))
            if before.received or before.complete:
                return before
            taken = self._take(upload_id, lambda standing: standing)
            record = self._record(upload_id)
            ours = isinstance(taken, TakenHere) and record.run == taken.run
            if ours and self.shelf.append(upload_id, record.next, head_of(record.offset)):
                return replace(taken.standing, offset=record.offset, length=record.offset)
        raise Superseded

    def join(self, upload: Upload) -> Iterator[int]:
        """Join the upload's parts, fetched from wherever they are, into the bucket as well."""
        for part in upload.parts:
            self.whole(part)
            yield 0
        taken = self.take(upload.id)
        files = self._files(upload.id)
        copy.fill(files, self._record(upload.id), self.shelf)
        with closing(self.writer(taken)) as writer:
            for size in join(files, [self._files(part).bytes for part in upload.parts]):
                writer.keep(size)
                yield size

    def complete(self, upload_id: UUID, length: int) -> bytes:
        """Have every byte here, and return the 32 bytes of the upload's `leaves_sha256`."""
        if self.whole(upload_id).stat().st_size < length:
            raise Superseded
        return super().complete(upload_id, length)

    def whole(self, upload_id: UUID) -> Path:
        """Return where all bytes of a complete upload are, which are fetched; `FileNotFoundError` if gone."""
        files = self._files(upload_id)
        record = self.shelf.read(upload_id)
        if record is None or (record.received and not record.pieces):
            raise FileNotFoundError(files.bytes)
        if files.damaged.exists():
            copy.drop_copy(files)
        standing = self._standing(upload_id, record)
        copy.make_copy(files, standing.upload)
        if standing.complete:  # a writer that was passed by may have left more here
            os.truncate(files.bytes, standing.offset)
        try:
            copy.fill(files, record, self.shelf)
        except NotFound:
            raise FileNotFoundError(files.bytes) from None
        return files.bytes

    def examine(self, upload_id: UUID, hand_on: Callable[[memoryview], object] = bool) -> Examined:
        """Fetch every byte that is not here, and read them all once."""
        self.whole(upload_id)
        return super().examine(upload_id, hand_on)

    def progress(self, upload_id: UUID) -> tuple[int, float]:
        """Say how many bytes came, and when the last did (seconds since 1970), whichever host has them."""
        record = self.shelf.read(upload_id)
        if record is None:
            raise FileNotFoundError(upload_id)
        return record.offset, record.touched.timestamp()

    def mark_received(self, upload_id: UUID) -> None:
        """Note that the database has the media, and drop this host's copy: a worker has its own."""
        self.shelf.mark_received(upload_id)
        copy.drop_copy(self._files(upload_id))

    def release(self, upload_id: UUID) -> None:
        """Let the bytes go, in the bucket and here; safe to repeat."""
        self.shelf.let_go(upload_id)
        copy.drop_copy(self._files(upload_id))

    def remove(self, upload_id: UUID) -> None:
        """Forget an upload altogether, in the bucket and here; safe to repeat."""
        self.shelf.forget(upload_id)
        copy.drop_copy(self._files(upload_id))

    def unfinished(self) -> Iterator[Standing]:
        """What this host has that may have to be settled; and each ten minutes what anybody left behind."""
        copies = self._copies()  # first: whoever opens one meanwhile holds it before there is a copy
        everybodys = set(self.shelf.held()) if self._round.begun() else None
        for upload_id in sorted(copies):
            if everybodys is not None and upload_id not in everybodys:
                copy.drop_copy(self._files(upload_id))
            elif self._may_be_due(upload_id):
                yield from self._confirmed(upload_id)
        for upload_id in sorted(everybodys or ()):
            for standing in self._confirmed(upload_id):
                if standing.expires_at - standing.upload.lifetime < datetime.now(UTC) - LEFT_ALONE:
                    yield standing

    def _copies(self) -> set[UUID]:
        return {UUID(name.split(".")[0]) for name in os.listdir(self.root) if name.endswith(".sidecar")}

    def _may_be_due(self, upload_id: UUID) -> bool:
        """Whether this host's copy looks as if something were to be done; the bucket knows for certain."""
        try:
            here = Standing.read(self._files(upload_id))
        except NotFound:
            return False
        return here.ripe or bool(here.upload.parts) or here.expires_at <= datetime.now(UTC)

    def _confirmed(self, upload_id: UUID) -> Iterator[Standing]:
        try:
            record = self._record(upload_id)
            standing = self._standing(upload_id, record)
        except NotFound:
            copy.drop_copy(self._files(upload_id))
            return
        if not copy.holds(self._files(upload_id), record):
            copy.drop_copy(self._files(upload_id))
        if not standing.received:
            yield standing

    def held(self) -> list[UUID]:
        """Name every upload whose bytes are still in the bucket; of all others no copy stays here.

        A worker that gave a media back has one, and nobody else would ever drop it.
        """
        copies, everybodys = self._copies(), set(self.shelf.held())
        for upload_id in copies - everybodys:
            copy.drop_copy(self._files(upload_id))
        return sorted(everybodys)

    def sweep_received(self, now: datetime) -> int:
        """Forget what the object store has, once nobody needs to ask for it any more."""
        return self.shelf.forget_done_before((now - self.lifetime - _A_DAY).date())

    def _record(self, upload_id: UUID) -> Record:
        record = self.shelf.read(upload_id)
        if record is None:
            raise NotFound("There is no such upload.", code="unknown_upload")
        return record

    def _standing(self, upload_id: UUID, record: Record) -> Standing:
        upload = self._upload(upload_id)
        length = upload.length
        if record.length_at is not None:
            length = int(self.shelf.entry(upload_id, record.length_at), 16)
        return Standing(
            upload=upload,
            offset=(length or 0) if record.received else record.offset,
            length=length,
            expires_at=record.touched + upload.lifetime,
            received=record.received,
        )

    def _upload(self, upload_id: UUID) -> Upload:
        with suppress(FileNotFoundError, ValueError):
            return decode(upload_id, self._files(upload_id).sidecar.read_bytes())
        return decode(upload_id, self.shelf.entry(upload_id, 0))
