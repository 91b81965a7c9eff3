"""What must outlive an interrupted `tipline send`: the receipt, the tip's token, and where each upload is.

One file of mode 0600 per (server, message, files), gone as soon as everything has arrived.
"""

import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from evidence.errors import Invalid


def new_key() -> str:
    """Draw an `Idempotency-Key`, by which a request whose answer was lost is known again."""
    return secrets.token_urlsafe(24)


@dataclass(frozen=True)
class SentFile:
    """One file to send: what it was when we began, and its upload's address once there is one.

    `key` opens the upload, and is forgotten with its address known.
    """

    path: str
    size: int
    modified_ns: int
    url: str | None = field(default=None, repr=False)
    done: bool = False
    key: str = field(default_factory=new_key, repr=False)

    @classmethod
    def of(cls, path: Path) -> Self:
        """Describe a file as it is now; raises `Invalid` (`empty_file`) where there is nothing in it."""
        status = path.stat()
        if status.st_size == 0:
            raise Invalid(f"{path.name} is empty; nothing was sent.", code="empty_file")
        return cls(str(path.resolve()), status.st_size, status.st_mtime_ns)

    @property
    def name(self) -> str:
        """The file's own name."""
        return Path(self.path).name

    def require_unchanged(self) -> None:
        """Raise `Invalid` where the file is another by now: two halves of two files are no evidence."""
        now = SentFile.of(Path(self.path))
        if (now.size, now.modified_ns) != (self.size, self.modified_ns):
            raise Invalid(f"{self.name} changed while it was being sent. Send it again.", code="file_changed")


@dataclass(frozen=True)
class SendState:
    """How far one sending is; every change is on the disk before it is acted upon.

    `key` opens the tip, and is forgotten with its receipt known.
    """

    keeper: Path
    server: str
    files: tuple[SentFile, ...]
    receipt: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    key: str = field(default_factory=new_key, repr=False)

    @classmethod
    def load_or_new(cls, cache: Path, server: str, message: str, paths: Iterable[Path]) -> Self:
        """Go on where an earlier run with the same server, message and files stopped, or begin."""
        files = tuple(SentFile.of(path) for path in paths)
        identity = json.dumps([server, message, [[file.path, file.size, file.modified_ns] for file in files]])
        keeper = cache / f"{hashlib.sha256(identity.encode()).hexdigest()}.json"
        try:
            kept: dict[str, Any] = json.loads(keeper.read_text())
        except FileNotFoundError:
            return cls(keeper, server, files)
        return cls(
            keeper,
            server,
            tuple(SentFile(**entry) for entry in kept["files"]),
            kept["receipt"],
            kept["token"],
            kept["key"],
        )

    def begun(self) -> Self:
        """Remember the keys, before the first request goes out with one."""
        return self._keep()

    def opened(self, receipt: str, token: str) -> Self:
        """Remember the tip."""
        return replace(self, receipt=receipt, token=token, key="")._keep()

    def with_file(self, index: int, *, url: str | None = None, done: bool = False) -> Self:
        """Remember how far one file is; without a `url` it begins anew."""
        files = list(self.files)
        files[index] = replace(files[index], url=url, done=done, key="" if url else new_key())
        return replace(self, files=tuple(files))._keep()

    def forget(self) -> None:
        """Everything arrived, or never will: keep nothing."""
        self.keeper.unlink(missing_ok=True)

    def _keep(self) -> Self:
        self.keeper.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.keeper.with_suffix(".draft")
        files = [asdict(file) for file in self.files]
        content = json.dumps({"receipt": self.receipt, "token": self.token, "key": self.key, "files": files})
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(fd, "w") as file:
            file.write(content)
        draft.replace(self.keeper)
        return self


def cache_directory() -> Path:
    """Return the user's cache directory for unfinished sendings (XDG Base Directory)."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "tipline" / "send"
