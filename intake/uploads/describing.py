"""What a client says of its file: `Upload-Metadata`, a header of tus that is taken in every protocol."""

import base64
import binascii
import re
from collections.abc import Mapping
from uuid import UUID

from evidence.errors import Invalid
from evidence.spool import Upload, UploadSecret
from intake.door import Door
from intake.uploads import arrival

MAX_METADATA_CHARS = 8192

_KEY = re.compile(r"[!-+\--~]+")  # visible ASCII without the comma


def parse_metadata(raw: str) -> dict[str, bytes]:
    """Read `Upload-Metadata`: comma-separated `key base64` pairs, a value being optional.

    Raises `Invalid` for an empty, doubled or ill-formed key, for bad base64, and for too much of it.
    """
    if len(raw) > MAX_METADATA_CHARS:
        raise Invalid(f"Upload-Metadata is over {MAX_METADATA_CHARS} characters.", code="upload_metadata")
    pairs: dict[str, bytes] = {}
    for pair in raw.split(",") if raw.strip() else []:
        key, _, value = pair.strip(" ").partition(" ")
        if not _KEY.fullmatch(key) or key in pairs:
            raise Invalid("Upload-Metadata has an empty, doubled or ill-formed key.", code="upload_metadata")
        try:
            pairs[key] = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise Invalid("Upload-Metadata has a value that is not base64.", code="upload_metadata") from None
    return pairs


def format_metadata(pairs: Mapping[str, bytes]) -> str:
    """Write `Upload-Metadata`."""
    return ",".join(f"{key} {base64.b64encode(value).decode()}".strip() for key, value in pairs.items())


def describe(
    door: Door,
    secret: UploadSecret,
    length: int | None,
    metadata: Mapping[str, bytes],
    *,
    concat: str = "",
    parts: tuple[UUID, ...] = (),
    live: bool = False,
) -> Upload:
    """Describe a new upload of `length` bytes, None while nobody knows; see `Upload.new` for the rest."""
    # HEAD answers the metadata; the tip's token is not to come back with it.
    shown = {key: value for key, value in metadata.items() if key != "tip"}
    return Upload.new(
        secret,
        length=length,
        lifetime=door.settings.upload_lifetime,
        sealed_name=arrival.seal_name(
            door.settings.agency_public_key,
            metadata.get("filename", b"").decode(errors="replace"),
            metadata.get("filetype", b"").decode(errors="replace"),
        ),
        metadata=format_metadata(shown),
        concat=concat,
        parts=parts,
        live=live,
    )
