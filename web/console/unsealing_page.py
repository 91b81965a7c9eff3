"""Asking to see what an original tells, answering, and looking."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from evidence import tips
from evidence.errors import Invalid
from evidence.media import get as get_media
from evidence.traces import unsealing
from web.console import exhibits
from web.console.errors import wants_json
from web.console.house import house, signed_in
from web.console.removed import KINDS

pages = Blueprint("unsealings", __name__)

_ANSWERS = {"grant": unsealing.grant, "decline": unsealing.decline}


@pages.get("/unsealings")
def show_all() -> str:
    """Show the requests that wait for an answer."""
    with house().pool.connection() as conn:
        return render_template("unsealings.html", requests=unsealing.waiting(conn))


@pages.post("/media/<uuid:media_id>/unseal")
def ask(media_id: UUID) -> Response:
    """Ask, with a reason."""
    with house().pool.connection() as conn:
        media = get_media(conn, media_id)
        unsealing.ask(conn, media_id, request.form.get("reason", ""), signed_in().reviewer)
    return _done(media.tip_id)


@pages.post("/unsealings/<uuid:unsealing_id>/answer")
def answer(unsealing_id: UUID) -> Response:
    """Grant or decline somebody else's request."""
    with house().pool.connection() as conn:
        asked = unsealing.get(conn, unsealing_id)
        decide = _ANSWERS.get(request.form.get("answer", ""))
        if decide is None:
            raise Invalid("Choose to allow it or to decline.", code="bad_answer")
        decide(conn, unsealing_id, signed_in().reviewer)
    return _done(asked.tip_id)


@pages.post("/unsealings/<uuid:unsealing_id>/look")
def look(unsealing_id: UUID) -> str:
    """Show what the original tells, on a page that no browser keeps."""
    reader, key = signed_in().reviewer, house().settings.agency_private_key
    with house().pool.connection() as conn:
        asked = unsealing.get(conn, unsealing_id)
        values = unsealing.look(conn, unsealing_id, reader, key)
        shown = exhibits.of_tips(conn, [asked.tip_id])[asked.tip_id]
        return render_template(
            "unsealed.html",
            tip=tips.get(conn, asked.tip_id),
            asked=asked,
            exhibit=next(one for one in shown if one.media.id == asked.media_id),
            several=len(shown) > 1,
            groups={word: [v for v in values if v.kind == kind] for kind, word in KINDS.items()},
        )


def _done(tip_id: UUID) -> Response:
    """Answer a script with nothing, since the page will be told; send a person back to the tip."""
    if wants_json():
        return Response(status=204)
    return redirect(url_for("tips.show", tip_id=tip_id), 303)
