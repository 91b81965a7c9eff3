"""The page that says exactly what is kept, made from the settings in force."""

import hashlib

from flask import Flask, Response, render_template

from evidence.version import VERSION
from intake.pages.assets import Assets
from intake.pages.visit import VISIT_SECONDS
from intake.settings import IntakeSettings


def add_routes(app: Flask, settings: IntakeSettings, assets: Assets) -> None:
    """Add the page, and the list of what its scripts are, for whoever builds them again."""
    listing = assets.listing
    bundle_sha256 = hashlib.sha256(listing.encode()).hexdigest()

    @app.get("/privacy")
    def privacy_page() -> str:
        return render_template(
            "privacy.html",
            texting_number=settings.texting_number,
            number_days=settings.number_days,
            text_record_days=settings.text_record_days,
            visit_hours=VISIT_SECONDS // 3600,
            statement_key=",".join(key.hex() for key in settings.statement_keys) or None,
            version=VERSION,
            bundle_sha256=bundle_sha256,
        )

    @app.get("/bundle.txt")
    def bundle_list() -> Response:
        return Response(listing, mimetype="text/plain")
