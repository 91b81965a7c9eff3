"""Opening media: one entry in the ledger each time, before the first byte is handed out; and following a copy
that is still being made."""

from uuid import UUID

from flask import Blueprint, jsonify
from werkzeug.wrappers import Response

from evidence.media import get as get_media
from evidence.media.growing import pieces_of
from evidence.media.viewing import record_viewed
from web.console import exhibits
from web.console.house import house, signed_in

pages = Blueprint("media", __name__)


@pages.post("/media/<uuid:media_id>/open")
def opened(media_id: UUID) -> Response:
    """Note that the reviewer opens a media; its copies are served to this session from now on."""
    with house().pool.connection() as conn:
        record_viewed(conn, get_media(conn, media_id), signed_in().reviewer.actor)
    return Response(status=204)


@pages.get("/media/<uuid:media_id>/pieces")
def pieces(media_id: UUID) -> Response:
    """Tell a player how far a copy has come, and where it is once it stands as a whole."""
    with house().pool.connection() as conn:
        media = get_media(conn, media_id)
        exhibit = exhibits.of_media(conn, media)
        growing = pieces_of(conn, media_id)
    whole = exhibit.playback
    return jsonify(
        type=growing[0].mime if growing else None,
        seconds=exhibit.seconds,
        pieces=len(growing),
        whole=f"/media/{whole.id}/content" if whole else None,
        given_up=media.state == "quarantined",
    )
