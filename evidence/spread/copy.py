"""What one host has on its own disk of an upload: the spool's files, and which of the log's runs are in them.

`<id>.runs` holds the number of each entry by which this host took the upload, eight digits and a newline
each, the newest last. Bytes that the log has from one of these runs are in `<id>.bytes`, at their place. What
lies between them is a hole, until it is fetched.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from evidence.spool import generation
from evidence.spool.layout import Files, make_file, opened, publish_file
from evidence.spool.sidecar import Upload, encode
from evidence.spool.trouble import Busy, room_needed
from evidence.spread.record import Record, name_of

if TYPE_CHECKING:
    from evidence.spread.shelf import Shelf


def runs_file(files: Files) -> Path:
    """Return the file that names the runs."""
    return files.root / f"{files.upload_id}.runs"


def runs_of(files: Files) -> list[int]:
    """Return the runs whose bytes are here, the newest last."""
    try:
        return [int(line) for line in runs_file(files).read_text().split()]
    except FileNotFoundError:
        return []


def holds(files: Files, record: Record) -> bool:
    """Whether this host has the upload in hand: its newest run is here, with everything the log has of it."""
    try:
        return record.run in runs_of(files) and files.bytes.stat().st_size >= record.offset
    except FileNotFoundError:
        return False


def make_copy(files: Files, upload: Upload) -> None:
    """Make the files that are missing, with no byte in them."""
    if not files.bytes.exists():
        runs_file(files).unlink(missing_ok=True)
        files.leaves.unlink(missing_ok=True)
    with suppress(FileExistsError):
        make_file(files.bytes, b"")
    with suppress(FileExistsError):
        publish_file(files.sidecar, encode(upload), synced=False)


def drop_copy(files: Files) -> None:
    """Forget what is on this disk; safe to repeat."""
    for path in (*files.all(), runs_file(files)):
        path.unlink(missing_ok=True)


def begin_run(files: Files, run: int, offset: int) -> int:
    """Note that this host took the upload at `offset`, and return the new generation: older writers are out.

    Raises `Busy` where a later run was begun here meanwhile.
    """
    with opened(files.sidecar, os.O_RDWR) as counter, generation.patient_step(counter):
        mine = generation.raise_by_one(counter)
        before = runs_of(files)
        if before and before[-1] >= run:
            raise Busy
        # What a writer here had beyond the log was told to nobody, and is no part of the upload.
        with room_needed():
            os.truncate(files.bytes, offset)
            _note_run(files, run)
        return mine


def first_run(files: Files) -> None:
    """Note that this host opened the upload."""
    with room_needed():
        _note_run(files, 0)


def go_on(files: Files) -> tuple[int, int]:
    """Raise the generation of an upload in hand; return it, and the size, which nobody moves any more."""
    with opened(files.sidecar, os.O_RDWR) as counter, generation.patient_step(counter):
        mine = generation.raise_by_one(counter)
        return mine, files.bytes.stat().st_size


def fill(files: Files, record: Record, shelf: "Shelf") -> None:
    """Fetch every byte of the log that is not here; raises `NotFound` where it went meanwhile."""
    ours = set(runs_of(files))
    with opened(files.bytes, os.O_WRONLY) as fd:
        for piece in record.pieces:
            if piece.run in ours:
                continue
            at = piece.begin
            for some in shelf.bytes_of(files.upload_id, piece):
                with room_needed():
                    at = write_at(fd, some, at)
            if at != piece.end:
                raise EOFError(f"entry {piece.number} is {piece.end - at} bytes short")


def write_at(fd: int, data: bytes, at: int) -> int:
    """Write all of it from `at` on, and return where it ends."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(fd, rest, at)
        at, rest = at + written, rest[written:]
    return at


def _note_run(files: Files, run: int) -> None:
    fd = os.open(runs_file(files), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    try:
        os.write(fd, f"{name_of(run)}\n".encode())
    finally:
        os.close(fd)
