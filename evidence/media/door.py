"""What the public door may do with uploads. It sees bookkeeping, never what staff see."""

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Literal
from uuid import UUID

from evidence.db.connect import Connection
from evidence.db.refused import translated
from evidence.errors import Conflict, NotFound, TooMany

UploadState = Literal["open", "received", "sealed", "gone"]
HowEnded = Literal["terminated", "expired"]

_UNIQUE = "23505"  # PostgreSQL, "Error Codes": unique_violation


class UploadKnown(Conflict):
    """The database has this transfer already."""

    default_code = "upload_known"

    def __init__(self) -> None:
        super().__init__("This upload is open already.")


def open_upload(
    conn: Connection, upload_id: UUID, *, token: bytes | None, max_files: int, expires_at: datetime
) -> None:
    """Note a new transfer, bound to the tip that `token` (32 bytes) belongs to, or to none yet.

    Raises `NotFound` (`unknown_tip`), `TooMany` (`too_many_files`), or `UploadKnown`.
    """
    digest = None if token is None else hashlib.sha256(token).digest()
    with _refusals(max_files):
        conn.execute("SELECT intake_open_upload(%s, %s, %s, %s)", [upload_id, digest, max_files, expires_at])


def finish_upload(
    conn: Connection, upload_id: UUID, *, size: int, leaves_sha256: bytes, sealed_name: bytes
) -> UUID:
    """Make a complete upload a media, with its ledger entry and its job; returns the media's id.

    Called again for the same upload it changes nothing. Raises `NotFound` (`unknown_upload`).
    """
    with _refusals():
        row = conn.execute(
            "SELECT intake_finish_upload(%s, %s, %s, %s)", [upload_id, size, leaves_sha256, sealed_name]
        ).fetchone()
    if row is None:
        raise RuntimeError("intake_finish_upload answered no row")
    return UUID(str(row[0]))


def upload_state(conn: Connection, upload_id: UUID) -> UploadState | None:
    """Return where a transfer stands; `received` means the spool still holds the only copy."""
    row = conn.execute("SELECT intake_upload_state(%s)", [upload_id]).fetchone()
    state: UploadState | None = row[0] if row else None
    return state


def end_upload(conn: Connection, upload_id: UUID, how: HowEnded) -> bool:
    """End an unfinished transfer; False where it is received already, or unknown."""
    row = conn.execute("SELECT intake_end_upload(%s, %s)", [upload_id, how]).fetchone()
    return bool(row and row[0])


def linked_already(conn: Connection, token: bytes, leaves_sha256: Sequence[bytes]) -> bool:
    """Whether the tip that a personal link's `token` binds to has all files with these leaf hashes."""
    row = conn.execute(
        "SELECT intake_linked(%s, %s)", [hashlib.sha256(token).digest(), list(leaves_sha256)]
    ).fetchone()
    return bool(row and row[0])


def _refusals(max_files: int = 0) -> AbstractContextManager[None]:
    return translated({
        "TL001": lambda: NotFound("This tip takes no more files; start a new one.", code="unknown_tip"),
        "TL002": lambda: TooMany(
            f"A tip takes at most {max_files} files; start another for more.", code="too_many_files"
        ),
        "TL003": lambda: NotFound("There is no such upload, or it has ended.", code="unknown_upload"),
        _UNIQUE: UploadKnown,
    })  # fmt: skip
