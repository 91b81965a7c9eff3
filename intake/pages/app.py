"""The Flask app of the public door, put together from its parts."""

import secrets
from pathlib import Path

from flask import Flask, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from evidence.db.connect import Pool
from evidence.thread.message import FIELD_LIMITS
from intake.guard.reserve import Reserve
from intake.pages import amounts, faults, headers, language, link, live, privacy, returning
from intake.pages.assets import Assets
from intake.settings import IntakeSettings

# A tip's words fit in a fraction of this; files never come through Flask.
LARGEST_BODY = 256 * 1024


def create_pages(settings: IntakeSettings, citizen: Path, pool: Pool) -> Flask:
    """Return the app; `citizen` holds templates/, translations/ (compiled) and dist/ (built).

    Raises `SettingsError` where the assets were not built or the translations not compiled.
    """
    app = Flask("intake.pages", static_folder=None, template_folder=str(citizen / "templates"))
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.jinja_options["autoescape"] = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    assets = Assets.load(citizen / "dist")
    language.install(app, citizen / "translations", settings.time_zone)
    app.jinja_env.filters.update(file_size=amounts.file_size, moment=amounts.moment, whole=amounts.whole)
    app.jinja_env.globals.update(
        agency=settings.agency_name,
        emergency_number=settings.emergency_number,
        asset=assets.url,
        integrity=assets.integrity,
        field_limits=FIELD_LIMITS,
        upload_hours=settings.upload_hours,
        receipt_address=f"{settings.url}/r",
        retention_days=settings.retention.days,
        grace_days=settings.retention.grace_days,
        locked=settings.retention.locked,
        takes_live=settings.live == "on",
        live_minutes=settings.live_minutes,
    )
    app.context_processor(lambda: {"limits": amounts.Limits.of(settings)})
    reserve = Reserve(settings.spool, settings.spool_reserve_bytes)
    app.context_processor(lambda: {"takes_files": reserve.allows(0)})

    @app.get("/")
    def tip_page() -> ResponseReturnValue:
        # Sent twice, by a second tap or a reload of the answer, the form is one tip.
        return render_template("tip.html", key=secrets.token_urlsafe())

    @app.get("/tips/form")
    def come_back() -> ResponseReturnValue:
        """A browser that restores its tabs asks for the address it once posted to."""
        return redirect(url_for("tip_page"))

    app.add_url_rule("/static/<name>", "static_file", assets.answer)
    returning.add_routes(app, pool, settings)
    link.add_routes(app)
    live.add_routes(app, settings)
    privacy.add_routes(app, settings, assets)
    faults.install(app)
    headers.install(app, secure=settings.url.startswith("https://"))
    return app
