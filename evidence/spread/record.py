"""What the log of an upload says, read off nothing but its entries' names and sizes.

The log lies in the bucket, one object for each entry, `log/<upload>/<number>`. An entry is written only where
none of that number is, so whoever writes the next one knows that nobody came in between:

| entry | what it is |
|---|---|
| number 0 | what is known of the upload (`evidence.spool.sidecar`); whoever wrote it begins the first run |
| empty | a take-over: whoever wrote it begins a new run, and nobody else can go on with the one before |
| 16 hexadecimal digits, then bytes | a piece of the run, and the offset at which it begins |
| 16 hexadecimal digits alone | the upload's length, settled later than the upload was opened |

`log/<upload>/received` says that the database has the media. Once that is sealed the pieces go; the rest
stays until the upload would have expired, so that a host that slept meanwhile still cannot go on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

HEAD_BYTES = 16
RECEIVED = "received"


@dataclass(frozen=True)
class Listed:
    """One entry as the bucket lists it: the last part of its name, its size in bytes, when it was written."""

    name: str
    size: int
    at: datetime


@dataclass(frozen=True)
class Piece:
    """Bytes `begin` to before `end` of the upload, written in the run that entry number `run` began."""

    number: int
    begin: int
    end: int
    run: int


@dataclass(frozen=True)
class Record:
    """An upload as its log has it.

    `next` is the number of the entry to be written next; `run` the newest run; `length_at` the number of the
    entry that settles the length, None where none does.
    """

    pieces: tuple[Piece, ...]
    next: int
    run: int
    offset: int
    length_at: int | None
    touched: datetime
    received: bool

    @classmethod
    def read(cls, entries: Iterable[Listed]) -> "Record | None":
        """Read a log whose entries are in the order of their names; None where there is no such upload."""
        known, pieces, received = list[Listed](), list[Piece](), False
        run, offset, length_at = 0, 0, None
        for entry in entries:
            if entry.name == RECEIVED:
                received = True
                continue
            known.append(entry)
            number = int(entry.name)
            if number == 0:
                continue
            if entry.size == 0:
                run = number
            elif entry.size == HEAD_BYTES:
                length_at = number
            else:
                end = offset + entry.size - HEAD_BYTES
                pieces.append(Piece(number, offset, end, run))
                offset = end
        if not known or int(known[0].name) != 0:
            return None
        return cls(tuple(pieces), int(known[-1].name) + 1, run, offset, length_at, known[-1].at, received)


def name_of(number: int) -> str:
    """Return the last part of an entry's name; names sort as their numbers do."""
    return f"{number:08d}"


def head_of(offset: int) -> bytes:
    """Return what an entry that is not empty begins with."""
    return f"{offset:0{HEAD_BYTES}x}".encode()
