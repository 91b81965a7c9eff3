"""A file under the eye, and the way to say that it will not be worked on."""

from dataclasses import dataclass
from typing import BinaryIO

from workers.inspect.forms import Form


class UnwantedError(Exception):
    """Carries the code of a refusal out of the readers."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Opened:
    """What libmagic says a file is, who reads it, its length in bytes."""

    file: BinaryIO
    length: int
    mime: str
    form: Form

    def from_start(self) -> BinaryIO:
        """The file, to be read from its first byte."""
        self.file.seek(0)
        return self.file
