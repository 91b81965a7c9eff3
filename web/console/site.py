"""The console's Flask app: pages, their words and their guard."""

from datetime import UTC, datetime

from flask import Flask, g

from evidence.version import VERSION
from web.console import (
    assets,
    case_pages,
    conversation,
    errors,
    guard,
    health,
    keyring,
    openings,
    pipeline_page,
    queue,
    resemblances,
    signing_in,
    tip_page,
    unsealing_page,
    wording,
)
from web.console.house import House, move_in
from web.console.live import pages as live_pages
from web.console.patience import LARGEST_BODY
from web.console.texts import text_words


def create_site(house: House) -> Flask:
    """Make the Flask app around an open house."""
    app = Flask(__name__, static_folder="static", static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    move_in(app, house)
    guard.install(app, house)
    errors.install(app)
    rooms = (
        health,
        signing_in,
        keyring,
        queue,
        tip_page,
        conversation,
        resemblances,
        openings,
        case_pages,
        pipeline_page,
        unsealing_page,
        live_pages,
    )
    for room in rooms:
        app.register_blueprint(room.pages)
    _teach_words(app, house)
    return app


def _teach_words(app: Flask, house: House) -> None:
    zone = house.settings.zone
    manifest = assets.read_manifest(app.static_folder)
    app.jinja_env.filters.update(
        clock=lambda at: wording.clock_words(at, zone),
        full=lambda at: wording.full_words(at, zone),
        ago=lambda at: wording.ago_words(at, datetime.now(UTC)),
        size=wording.size_words,
        duration=wording.duration_words,
        texted=text_words,
    )
    app.jinja_env.globals.update(
        agency=house.settings.agency_name,
        asset=lambda name: assets.url_of(manifest, name),
        version=VERSION,
        reasons=wording.REASONS,
        states=wording.STATES,
        channels=wording.CHANNELS,
        languages=wording.LANGUAGES,
        doubts=wording.DOUBTS,
    )
    app.context_processor(lambda: {"me": g.session.reviewer if g.get("session") else None})
