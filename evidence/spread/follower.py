"""A reader's copy of uploads that grow: what the log has of them, and not a byte more."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from evidence.errors import NotFound
from evidence.spool.layout import FILE_MODE, Files, make_file, publish_file
from evidence.spread.copy import drop_copy, write_at
from evidence.spread.record import Record
from evidence.spread.shelf import Shelf


@dataclass(frozen=True)
class Follower:
    """Copies in the directory `root`, which nobody else writes, always from an upload's first byte on.

    All of it blocks, and raises `Unavailable` where the store is away. One thread at a time for each upload.
    """

    root: Path
    shelf: Shelf

    def catch_up(self, upload_id: UUID) -> None:
        """Append what the log has more, and say when nothing more can come.

        Raises `FileNotFoundError` where there is no such upload, or the log let go of its bytes.
        """
        files = Files(self.root, upload_id)
        record = self.shelf.read(upload_id)
        if record is None or (record.received and not record.pieces):
            raise FileNotFoundError(files.bytes)
        with suppress(NotFound):  # a worker just let go of it: the next time says so
            self._append(files, record)
            if record.length_at is not None and not files.length.exists():
                publish_file(files.length, b"%d" % int(self._length(record, upload_id), 16), synced=False)
            if record.received:
                with suppress(FileExistsError):
                    make_file(files.received, b"")

    def progress(self, upload_id: UUID) -> tuple[int, float]:
        """Say how many bytes the log has, and when the last came (seconds since 1970)."""
        record = self.shelf.read(upload_id)
        if record is None:
            raise FileNotFoundError(upload_id)
        return record.offset, record.touched.timestamp()

    def drop(self, upload_id: UUID) -> None:
        """Forget the copy; safe to repeat."""
        drop_copy(Files(self.root, upload_id))

    def _length(self, record: Record, upload_id: UUID) -> bytes:
        return self.shelf.entry(upload_id, record.length_at or 0)

    def _append(self, files: Files, record: Record) -> None:
        fd = os.open(files.bytes, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            at = os.fstat(fd).st_size
            for data in self._after(files.upload_id, record, at):
                at = write_at(fd, data, at)
        finally:
            os.close(fd)

    def _after(self, upload_id: UUID, record: Record, at: int) -> Iterator[bytes]:
        for piece in record.pieces:
            if piece.end > at:
                yield from self.shelf.bytes_of(upload_id, piece, max(0, at - piece.begin))
