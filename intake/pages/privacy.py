"""The page that says exactly what is kept, made from the settings in force."""

from flask import Flask, render_template

from intake.settings import IntakeSettings


def add_routes(app: Flask, settings: IntakeSettings) -> None:
    """Add the one route."""

    @app.get("/privacy")
    def privacy_page() -> str:
        return render_template(
            "privacy.html",
            retention_days=settings.retention_days,
            locked=settings.retention_mode == "COMPLIANCE",
        )
