"""What a sender says: JSON, read with care, and the token of its session."""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar, cast

from evidence.errors import Invalid, TooLarge
from evidence.live import SessionKeys
from evidence.live.keys import TOKEN_BYTES
from evidence.live.refusals import unknown_session
from intake.door import Door
from intake.wire.body import Body, read_whole
from intake.wire.http import Receive, Request

_BEARER = re.compile(r"Bearer ([A-Za-z0-9_-]{43})", re.IGNORECASE)
_MIME = re.compile(r"[a-z]+/[\w.+-]+(?:; ?[\w-]+=[\w.,\" +-]+)*", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}")
_MOST_MILLISECONDS = 4_102_444_800_000  # the year 2100: whoever says later is mistaken

Word = TypeVar("Word", bound=str)


class Said:
    """The members of a JSON object; each reader raises `Invalid` with a sentence that names the member."""

    def __init__(self, members: dict[str, object]) -> None:
        self._members = members

    @classmethod
    async def read(cls, door: Door, receive: Receive) -> "Said":
        """Read a request's body; raises `Invalid` (`not_json`)."""
        with door.bodies.reading(Body(receive)) as body:
            try:
                content = await read_whole(body)
            except TooLarge:
                raise TooLarge("This is more than a broadcast has to say.", code="body_too_large") from None
        try:
            members = json.loads(content)
        except (ValueError, RecursionError):
            members = None
        if not isinstance(members, dict):
            raise Invalid("Send a JSON object.", code="not_json")
        return cls(members)

    def has(self, name: str) -> bool:
        """Whether it says anything of `name`."""
        return self._members.get(name) is not None

    def text(self, name: str) -> str:
        """Return a short text."""
        value = self._members.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= 1000:
            raise _wrong(name, "text")
        return value

    def number(self, name: str, *, most: int, least: int = 0) -> int:
        """Return a whole number from `least` to `most`."""
        value = self._members.get(name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise _wrong(name, f"a whole number from {least} to {most}")
        return value

    def numbers(self, name: str, *, most: int) -> list[int]:
        """Return a list of whole numbers from 0 to `most`."""
        value = self._members.get(name)
        if not isinstance(value, list) or not all(type(n) is int and 0 <= n <= most for n in value):
            raise _wrong(name, f"a list of whole numbers up to {most}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Return yes or no."""
        value = self._members.get(name, default)
        if not isinstance(value, bool):
            raise _wrong(name, "true or false")
        return value

    def one_of(self, name: str, words: Sequence[Word]) -> Word:
        """Return one of `words`."""
        value = self._members.get(name)
        if value not in words:
            raise _wrong(name, f"one of {', '.join(words)}")
        return cast(Word, value)

    def sha256(self, name: str) -> bytes:
        """Return 32 bytes, written in hex."""
        value = self.text(name)
        if not _HEX.fullmatch(value):
            raise _wrong(name, "a SHA-256 in hex")
        return bytes.fromhex(value)

    def mime(self, name: str) -> str:
        """Return a media type such as `video/webm;codecs=vp8,opus`."""
        value = self.text(name)
        if len(value) > 200 or not _MIME.fullmatch(value):
            raise _wrong(name, "a media type such as video/webm")
        return value

    def moment(self, name: str) -> datetime:
        """Return a moment that is told in milliseconds since 1970."""
        return datetime.fromtimestamp(self.number(name, most=_MOST_MILLISECONDS) / 1000, UTC)

    def secret(self, name: str) -> bytes:
        """Return 32 secret bytes, written in base64url without padding."""
        return _unwritten(self.text(name)) or _raise(_wrong(name, "a token"))


def keys_of(request: Request) -> SessionKeys:
    """Read a request's bearer token; raises `NotFound` (`unknown_live`) for what cannot be one."""
    found = _BEARER.fullmatch(request.headers.get("authorization", ""))
    token = _unwritten(found[1]) if found else None
    if token is None:
        raise unknown_session()
    return SessionKeys(token)


def _unwritten(text: str) -> bytes | None:
    try:
        raw = base64.b64decode(text + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == TOKEN_BYTES else None


def _wrong(name: str, wanted: str) -> Invalid:
    return Invalid(f"The member {name!r} must be {wanted}.", code="live_member")


def _raise(refusal: Invalid) -> bytes:
    raise refusal
