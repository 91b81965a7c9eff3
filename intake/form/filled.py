"""What a form brings: words in memory, files on the disk."""

from dataclasses import dataclass, field

from evidence.db.connect import Connection
from evidence.media import door as media
from evidence.spool import Standing
from evidence.thread import TipText
from evidence.thread.message import FIELD_LIMITS
from intake.tips import DEFAULT_LANGUAGE
from intake.uploads import arrival


@dataclass(frozen=True)
class FormFile:
    """One file of the form, whole and on the disk."""

    name: str
    standing: Standing
    leaves_sha256: bytes

    @property
    def told_apart(self) -> bytes:
        """What tells this file from any other; the leaf hashes are of all its bytes."""
        size = str(self.standing.offset).encode()
        return b"\0".join([self.name.encode(errors="replace"), size, self.leaves_sha256])


@dataclass
class FilledForm:
    """What has been read of a form so far; `unkept` are the names of files that there was no room for."""

    spoken: str = DEFAULT_LANGUAGE
    fields: dict[str, str] = field(default_factory=dict)
    files: list[FormFile] = field(default_factory=list)
    unkept: list[str] = field(default_factory=list)

    @property
    def language(self) -> str:
        """The language the page was in; the request's, as long as the form has not said it."""
        return self.fields.get("language") or self.spoken

    @property
    def text(self) -> TipText:
        """What was written; raises `Invalid` where a field is too long."""
        return TipText(**{name: _as_typed(self.fields.get(name, "")) for name in FIELD_LIMITS})

    def hand_in(self, conn: Connection, *, token: bytes, max_files: int) -> None:
        """Make media of all files, of the tip that the token binds; raises what opening an upload does."""
        for file in self.files:
            media.open_upload(
                conn,
                file.standing.upload.id,
                token=token,
                max_files=max_files,
                expires_at=file.standing.expires_at,
            )
            arrival.finish_in(conn, file.standing, file.leaves_sha256)


def _as_typed(value: str) -> str:
    """A form's lines end in CRLF (HTML, 4.10.21.4); a person typed, and a limit counts, one character."""
    return value.replace("\r\n", "\n").strip()
