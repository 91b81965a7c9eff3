"""What the installation told its clients: everything in here is a promise that the tally holds it to."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from evidence.spool import UploadSecret

_UNKEPT = " without its file"


def unkept(submission: str) -> str:
    """Name the tip that a form left behind whose file found no room; the same words, and another tip."""
    return submission + _UNKEPT


def written_in(submission: str) -> str:
    """What was written in a submission: its own name."""
    return submission.removesuffix(_UNKEPT)


@dataclass
class ToldUpload:
    """One upload: of what, what is sent, and the largest offset that was ever told.

    `submission` is None for a bare one, of which a tip of its own is made.
    """

    submission: str | None
    sha256: str
    size: int
    offset: int = 0


@dataclass
class Told:
    """Shared by all clients; `receipts` are words by submission, `form_files` submissions by SHA-256."""

    receipts: dict[str, str] = field(default_factory=dict)
    uploads: dict[UUID, ToldUpload] = field(default_factory=dict)
    urls: dict[UUID, str] = field(default_factory=dict)
    form_files: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    repeats: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def receipt(self, submission: str, words: str) -> None:
        """A tip was opened; the same one, where it is asked for again."""
        with self._lock:
            before = self.receipts.setdefault(submission, words)
            if before != words:
                self.broken.append(f"{submission} was told two receipts")

    def opened(self, submission: str | None, url: str, sha256: str, size: int) -> None:
        """An upload was opened; again at the same address, where it is asked for again."""
        with self._lock:
            upload_id = UploadSecret.from_text(urlsplit(url).path.rsplit("/", 1)[1]).upload_id
            self.urls[upload_id] = url
            known = self.uploads.setdefault(upload_id, ToldUpload(submission, sha256, size))
            if known.sha256 != sha256:
                self.broken.append(f"{submission} was told the address of another upload")

    def offset(self, url: str, offset: int, how: str) -> None:
        """An offset was told."""
        with self._lock:
            upload_id = UploadSecret.from_text(urlsplit(url).path.rsplit("/", 1)[1]).upload_id
            upload = self.uploads[upload_id]
            if offset < upload.offset:
                self.broken.append(f"{how} of {upload_id}: {offset} after {upload.offset} of {upload.size}")
            upload.offset = max(upload.offset, offset)

    def note(self, change: Callable[["Told"], None]) -> None:
        """Change something else under the lock."""
        with self._lock:
            change(self)

    def answered(self, asked: str, answer: int | str) -> None:
        """Count what clients were answered, for whoever reads the log; 500 is nobody's doing but ours."""
        what = f"{asked} {answer}"
        with self._lock:
            self.answers[what] = self.answers.get(what, 0) + 1
            if answer == httpx.codes.INTERNAL_SERVER_ERROR:
                self.broken.append(what)
