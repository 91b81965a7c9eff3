"""What can go wrong, as codes for programs and sentences for people.

The kernel raises these; a door translates `status` into HTTP or prints the sentence.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar


class EvidenceError(Exception):
    """Base of every refusal: a stable `code` and one plain `sentence` that says what to do.

    `retry_after`: the seconds after which the same request may pass, None where nobody knows.
    `members`: what a program needs besides, by name (RFC 9457, 3.2).
    """

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "failure"
    retry_after: int | None = None
    members: Mapping[str, object] = MappingProxyType({})

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code or self.default_code


class Invalid(EvidenceError):
    """What was sent does not make sense."""

    status = 400
    default_code = "invalid"


class Forbidden(EvidenceError):
    """The caller is known, and may not do this."""

    status = 403
    default_code = "forbidden"


class NotFound(EvidenceError):
    """There is no such thing, or the caller may not know of it."""

    status = 404
    default_code = "not_found"


class Conflict(EvidenceError):
    """Somebody else was faster, or the thing is in another state by now."""

    status = 409
    default_code = "conflict"


class Gone(EvidenceError):
    """It was here, and has ended."""

    status = 410
    default_code = "gone"


class TooLarge(EvidenceError):
    """More bytes than the limit in force."""

    status = 413
    default_code = "too_large"


class TooMany(EvidenceError):
    """More of them than the limit in force."""

    status = 429
    default_code = "too_many"


class Unavailable(EvidenceError):
    """A part of the system is away; the same request will work later."""

    status = 503
    default_code = "unavailable"


class SettingsError(EvidenceError):
    """A setting is missing or wrong; the process must not start."""

    default_code = "settings"
