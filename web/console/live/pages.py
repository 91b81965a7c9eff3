"""The wall of what is live, one broadcast at large, and what staff do in it."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import Blueprint, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from evidence import texting, tips
from evidence.derive import derive
from evidence.errors import Conflict, Invalid
from evidence.live import link as links
from evidence.live import session as sessions
from evidence.live.after import mark_moment
from evidence.live.prompt import send
from evidence.live.watching import must_be_shown, record_watched
from evidence.thread import reply
from evidence.thread.message import newest_sequence
from web.console import letters
from web.console.errors import wants_json
from web.console.house import house, signed_in
from web.console.live import shown
from web.console.live.asking import asks_in, text_of
from web.console.live.inviting import invitation

pages = Blueprint("live", __name__)

TILES = 9
LINK_LASTS = timedelta(hours=24)


@pages.get("/live")
def wall() -> str:
    """Show what is live, up to nine at once."""
    reader, key = signed_in().reviewer, house().settings.agency_private_key
    with house().pool.connection() as conn:
        running = shown.running(conn)
        words = letters.first_words(conn, [s.session.tip_id for s in running], key, reader)
    return render_template("live_wall.html", running=running[:TILES], more=running[TILES:], words=words)


@pages.get("/live/states")
def states() -> Response:
    """Tell every player of a wall how its session stands."""
    with house().pool.connection() as conn:
        return jsonify(sessions=[session.json for session in shown.running(conn)])


@pages.get("/live/<uuid:session_id>")
def show(session_id: UUID) -> str:
    """Show one broadcast at large; this address is what a colleague is handed."""
    reader, key = signed_in().reviewer, house().settings.agency_private_key
    with house().pool.connection() as conn:
        session = sessions.get(conn, session_id)
        tip = tips.get(conn, session.tip_id)
        return render_template(
            "live_session.html",
            live=shown.shown(conn, session),
            session=session,
            tip=tip,
            hidden=not tips.shown(conn, [tip.id]),
            words=letters.first_words(conn, [tip.id], key, reader).get(tip.id),
            asks=asks_in(tip.language),
            prompts=shown.prompts(conn, session, reader),
        )


@pages.get("/live/<uuid:session_id>/state")
def state(session_id: UUID) -> Response:
    """Tell a player how its session stands, and what was asked of the sender."""
    with house().pool.connection() as conn:
        session = sessions.get(conn, session_id)
        asked = shown.prompts(conn, session, signed_in().reviewer)
        return jsonify(**shown.shown(conn, session).json, prompts=[prompt.json for prompt in asked])


@pages.post("/live/<uuid:session_id>/watch")
def watch(session_id: UUID) -> Response:
    """Note that the reviewer watches; its parts are served to this session from now on."""
    by = signed_in()
    with house().pool.connection() as conn:
        record_watched(conn, sessions.get(conn, session_id), by.reviewer.actor, by.created_at)
    return Response(status=204)


@pages.post("/live/<uuid:session_id>/prompts")
def prompt(session_id: UUID) -> Response:
    """Ask something of whoever films: a ready prompt by its code, or one's own words."""
    form = request.form
    with house().pool.connection() as conn:
        session = sessions.get(conn, session_id)
        text = form.get("text", "")
        if form.get("canned"):
            text = text_of(form["canned"], tips.get(conn, session.tip_id).language)
        send(
            conn,
            session,
            text,
            actor=signed_in().reviewer.actor,
            agency_public_key=house().settings.staff_keys.agency_public,
        )
    return _done(session_id)


@pages.post("/live/<uuid:session_id>/snapshot")
def snapshot(session_id: UUID) -> Response:
    """Note a moment worth a picture."""
    part, ms = _whole(request.form.get("part", "")), _whole(request.form.get("ms", ""))
    with house().pool.connection() as conn:
        must_be_shown(conn, sessions.get(conn, session_id))
        mark_moment(conn, session_id, part, ms, actor=signed_in().reviewer.actor)
    return _done(session_id)


@pages.post("/live/<uuid:session_id>/close")
def close(session_id: UUID) -> Response:
    """Take no byte more; what came stays."""
    with house().pool.connection() as conn:
        sessions.get(conn, session_id)
        if not sessions.close(conn, session_id, actor=signed_in().reviewer.actor):
            raise Conflict("This broadcast was over already.", code="live_closed")
    return _done(session_id)


@pages.post("/tips/<uuid:tip_id>/live-link")
def live_link(tip_id: UUID) -> Response:
    """Send the citizen a link to go live on this tip, as any other answer goes out."""
    settings, by = house().settings, signed_in().reviewer
    now = datetime.now(UTC)
    with house().pool.connection() as conn:
        tip, seen = tips.get(conn, tip_id), newest_sequence(conn, tip_id)
        link = links.issue(conn, tip_id, until=now + LINK_LASTS, actor=by.actor)
        text = invitation(f"{settings.intake_url}/live#{link.code}", tip.language)
        # Pressed again, it is another link: each opens one broadcast.
        once = derive(settings.thread_signing_key, link.token, salt=b"tipline live link once")
        written = reply(conn, tip_id, text, actor=by.actor, keys=settings.staff_keys, once=once, seen=seen)
        if settings.texting_public_key:
            texting.send(conn, tip_id, written.sequence, text, door_key=settings.texting_public_key)
    if wants_json():
        return Response(status=204)
    return redirect(url_for("tips.show", tip_id=tip_id, _anchor="conversation"), 303)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Invalid("There is no such moment in this broadcast.", code="bad_moment")
    return int(text)


def _done(session_id: UUID) -> Response:
    if wants_json():
        return Response(status=204)
    return redirect(url_for("live.show", session_id=session_id), 303)
