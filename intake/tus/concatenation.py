"""Concatenation: uploads that were sent side by side become one (tus 1.0, extension `concatenation`)."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from evidence.errors import Gone, Invalid, NotFound, TooMany
from evidence.spool import Standing, UploadSecret
from intake.door import Door

PARTIAL = "partial"
MAX_PARTS = 100

_FINAL = re.compile(r"final;(.+)")


@dataclass(frozen=True)
class Joining:
    """A final upload: the secrets of what it joins, in order; `said` is the header as it came."""

    parts: tuple[UploadSecret, ...]
    said: str

    @property
    def secret(self) -> UploadSecret:
        """The final upload's own secret."""
        return UploadSecret.joined(self.parts)


def parse_concat(value: str, *, prefix: str) -> Joining | None:
    """Read `Upload-Concat`; None means a partial upload.

    Raises `Invalid` for anything but `partial` and `final;URL URL ...`, `TooMany` for too many parts, and
    `NotFound` for the address of no upload of ours. Addresses may be absolute: only their path counts.
    """
    if value == PARTIAL:
        return None
    final = _FINAL.fullmatch(value)
    if final is None:
        raise Invalid(
            "Upload-Concat is 'partial', or 'final;' and the parts' addresses.", code="upload_concat"
        )
    addresses = final[1].split()
    if len(addresses) > MAX_PARTS:
        raise TooMany(f"An upload joins at most {MAX_PARTS} parts.", code="too_many_parts")
    return Joining(tuple(_secret_in(address, prefix) for address in addresses), value)


def _secret_in(address: str, prefix: str) -> UploadSecret:
    try:
        path = urlsplit(address).path
    except ValueError:
        path = ""
    _, found, name = path.rpartition(f"{prefix}/")
    return UploadSecret.from_text(name if found else "")


async def parts_of(door: Door, joining: Joining) -> list[Standing]:
    """Look at every part; raises `Invalid` for one that is not a complete partial upload, or `NotFound`."""
    parts = [await door.threads.on_disk(door.spool.look, part.upload_id) for part in joining.parts]
    if not all(part.upload.partial for part in parts):
        raise Invalid("Only uploads opened as 'partial' can be joined.", code="not_partial")
    if not all(part.complete for part in parts):
        raise Invalid("A part is not complete yet; finish it, then join.", code="part_unfinished")
    return parts


async def joined_already(door: Door, joining: Joining) -> Standing:
    """Return the final upload that a request beside this one has joined meanwhile.

    Raises `Gone` where it was another one that the parts' bytes went into.
    """
    try:
        return await door.threads.on_disk(door.spool.look, joining.secret.upload_id)
    except NotFound:
        raise Gone("A part was joined into another file; send its bytes again.", code="part_joined") from None
