"""The page that says exactly what is kept, made from the settings in force."""

from flask import Flask, render_template

from intake.pages.visit import VISIT_SECONDS
from intake.settings import IntakeSettings


def add_routes(app: Flask, settings: IntakeSettings) -> None:
    """Add the one route."""

    @app.get("/privacy")
    def privacy_page() -> str:
        return render_template(
            "privacy.html",
            texting_number=settings.texting_number,
            number_days=settings.number_days,
            text_record_days=settings.text_record_days,
            visit_hours=VISIT_SECONDS // 3600,
            statement_key=key.hex() if (key := settings.checkpoint_verify_key) else None,
        )
