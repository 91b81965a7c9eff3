"""The draft's header fields, which are structured (RFC 9651); an ill-formed one is as good as none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import http_sf

# What fits a structured integer: 15 digits.
MAX_INTEGER = 999_999_999_999_999
# A value and some parameters. A megabyte of parameters would keep the event loop for a second.
_MOST_CHARS = 256


@dataclass(frozen=True)
class Fields:
    """What a request says: None for each field that is missing, or is not what the draft says it is.

    `offset` and `length` are in bytes; `ends` says whether the body's end is the upload's end.
    """

    version: int | None
    ends: bool | None
    offset: int | None
    length: int | None

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> "Fields":
        """Read them from headers by lower-case name."""
        return cls(
            version=_integer(headers.get("upload-draft-interop-version")),
            ends=_boolean(headers.get("upload-complete")),
            offset=_integer(headers.get("upload-offset")),
            length=_integer(headers.get("upload-length")),
        )


def write_boolean(value: bool) -> str:
    """Write `?1` or `?0`."""
    return http_sf.ser(value)


def write_limits(limits: Mapping[str, int]) -> str:
    """Write `Upload-Limit`: whole numbers by name, cut to what fits a structured integer."""
    return http_sf.ser({name: (min(number, MAX_INTEGER), {}) for name, number in limits.items()})


def _boolean(text: str | None) -> bool | None:
    value = _item(text)
    return value if isinstance(value, bool) else None


def _integer(text: str | None) -> int | None:
    value = _item(text)
    return value if type(value) is int and value >= 0 else None


def _item(text: str | None) -> object:
    if text is None or len(text) > _MOST_CHARS:
        return None
    try:
        item = cast(tuple[object, object], http_sf.parse(text.encode("latin-1"), tltype="item"))
    except http_sf.StructuredFieldError:
        return None
    return item[0]  # what parameters it has says nothing to us
