"""The one who writes at this host, and puts into the bucket what he has written before it is told."""

import os
from dataclasses import dataclass
from threading import Lock
from uuid import UUID

from evidence.spool import leaves
from evidence.spool.layout import Files, opened
from evidence.spool.leaves import LEAF_BYTES
from evidence.spool.standing import Standing, Taken
from evidence.spool.trouble import Superseded
from evidence.spool.writer import Writer
from evidence.spread.record import head_of
from evidence.spread.shelf import Shelf


@dataclass(frozen=True)
class TakenHere(Taken):
    """An upload in the hands of one request of this host: `run` is the host's, `next` and `kept` the log's.

    `next` is the number of the entry to be written next, `kept` the offset up to which the log had the bytes.
    """

    run: int = 0
    next: int = 1
    kept: int = 0


class SpreadWriter(Writer):
    """A writer whose `sync` puts every byte on this disk and into the bucket."""

    shares = True

    def __init__(self, files: Files, taken: TakenHere, shelf: Shelf) -> None:
        super().__init__(files, taken.generation, taken.standing.offset)
        self._shelf = shelf
        self._run = taken.run
        self._next = taken.next
        self._kept = taken.kept
        # Leaves are put there by threads; an upload's entries go one after the other.
        self._turn = Lock()

    def in_hand(self, standing: Standing) -> TakenHere:
        """Return the upload as it stands, for whoever goes on where this writer is."""
        return TakenHere(standing, self._mine, self._run, self._next, self._kept)

    def sync(self) -> None:
        """As `Writer.sync`, and into the bucket; raises `Superseded` where another host took the upload."""
        upto = self.position
        super().sync()
        self.keep(upto)

    def share(self) -> None:
        """Put everything before `position` into the bucket alone; raises as `keep`."""
        self.keep(self.position)

    def keep_leaf(self, index: int, digest: bytes | None = None) -> None:
        """Put a whole leaf where `sync` puts it, and its hash into its slot.

        One that did not pass here whole may have a hole in it, and gets its hash when the upload is complete.
        """
        self.keep((index + 1) * LEAF_BYTES)
        if digest is None:
            super().sync()
        else:
            leaves.keep_leaf(self._files, index, digest)

    def keep(self, upto: int) -> None:
        """Put what this host has before `upto` into the bucket; raises `Superseded`, or `Unavailable`."""
        with self._turn:
            while self._kept < upto:
                piece = self._read(self._kept, min(upto, self._kept + LEAF_BYTES))
                if self._shelf.append(self._upload_id, self._next, head_of(self._kept) + piece):
                    self._next, self._kept = self._next + 1, self._kept + len(piece)
                else:
                    self._catch_up()

    def _read(self, begin: int, end: int) -> bytes:
        try:
            with opened(self._files.bytes) as fd:
                piece = os.pread(fd, end - begin, begin)
        except FileNotFoundError:
            raise Superseded from None
        if len(piece) < end - begin:
            raise Superseded
        return piece

    def _catch_up(self) -> None:
        """Go on behind another request of this host that wrote the same bytes of the same file."""
        record = self._shelf.read(self._upload_id)
        if record is None or record.received or record.run != self._run:
            raise Superseded
        self._next, self._kept = record.next, record.offset

    @property
    def _upload_id(self) -> UUID:
        return self._files.upload_id
