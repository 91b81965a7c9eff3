"""What the installation told its clients: everything in here is a promise that the tally holds it to."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

from evidence.spool import UploadSecret


@dataclass
class ToldUpload:
    """One upload: what is sent, and the largest offset that was ever told."""

    sha256: str
    size: int
    offset: int = 0


@dataclass
class Told:
    """Shared by all clients; `receipts` are words by submission, `form_files` SHA-256s that came by form."""

    receipts: dict[str, str] = field(default_factory=dict)
    uploads: dict[UUID, ToldUpload] = field(default_factory=dict)
    urls: dict[UUID, str] = field(default_factory=dict)
    form_files: set[str] = field(default_factory=set)
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

    def opened(self, submission: str, url: str, sha256: str, size: int) -> None:
        """An upload was opened; again at the same address, where it is asked for again."""
        with self._lock:
            upload_id = UploadSecret.from_text(urlsplit(url).path.rsplit("/", 1)[1]).upload_id
            self.urls[upload_id] = url
            known = self.uploads.setdefault(upload_id, ToldUpload(sha256, size))
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

    def answered(self, what: str) -> None:
        """Count what clients were answered, for whoever reads the log."""
        with self._lock:
            self.answers[what] = self.answers.get(what, 0) + 1
