"""Which scanner reads what a sender said it sends."""

from evidence.live.fmp4 import Mp4Scanner
from evidence.live.index import Index
from evidence.live.webm import WebmScanner


def index_for(mime: str) -> Index:
    """Return an empty index for a recording of this type: MP4 or, for everything else, WebM."""
    kind = mime.partition(";")[0].strip().lower()
    return Index(Mp4Scanner() if kind in ("video/mp4", "video/quicktime") else WebmScanner())
