"""Opening media: one entry in the ledger each time, before the first byte is handed out."""

from uuid import UUID

from flask import Blueprint
from werkzeug.wrappers import Response

from evidence.media import get as get_media
from evidence.media.viewing import record_viewed
from web.console.house import house, signed_in

pages = Blueprint("media", __name__)


@pages.post("/media/<uuid:media_id>/open")
def opened(media_id: UUID) -> Response:
    """Note that the reviewer opens a media; its copies are served to this session from now on."""
    with house().pool.connection() as conn:
        record_viewed(conn, get_media(conn, media_id), signed_in().reviewer.actor)
    return Response(status=204)
