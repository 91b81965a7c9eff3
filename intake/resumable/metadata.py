"""What a client of the draft says of its file, in tus's words: `filename`, `filetype`, and its `tip`.

`Upload-Metadata` of tus says all three: tus-js-client sends it in the draft's protocol too, and no header of
HTTP's own could carry a tip's token. Where it names no file, HTTP's own headers do.
"""

from werkzeug.http import parse_options_header

from evidence.errors import Invalid
from intake.resumable.protocol import MEDIA_TYPE
from intake.uploads.describing import MAX_METADATA_CHARS, parse_metadata
from intake.wire.http import Request


def metadata_in(request: Request) -> dict[str, bytes]:
    """Read what the head of a creation says; raises `Invalid` for ill-formed or too long a header."""
    metadata = parse_metadata(request.headers.get("upload-metadata", ""))
    if name := _file_name(request.headers.get("content-disposition", "")):
        metadata.setdefault("filename", name.encode())
    # A first part may come as what it is in the protocol, which says nothing of the file.
    if request.content_type not in ("", MEDIA_TYPE):
        metadata.setdefault("filetype", request.content_type.encode())
    return metadata


def _file_name(disposition: str) -> str | None:
    """Read the file's name out of `Content-Disposition` (RFC 6266), in UTF-8 where it is not escaped."""
    if len(disposition) > MAX_METADATA_CHARS:
        raise Invalid(
            f"Content-Disposition is over {MAX_METADATA_CHARS} characters.", code="content_disposition"
        )
    text = disposition.encode("latin-1").decode(errors="replace")
    return parse_options_header(text)[1].get("filename")
