"""The pipeline as a supervisor sees it: what waits, what is worked on, and what could not be prepared."""

from flask import Blueprint, render_template

from evidence.media import overview
from web.console.house import house

pages = Blueprint("pipeline", __name__)

LISTED = 100
STEPS = {
    "seal": ("Seal", "lock the original away"),
    "inspect": ("Inspect", "look into the file"),
    "preview": ("Preview", "make a poster"),
    "watch": ("Watch", "make a first copy to play"),
    "survey": ("Survey", "list traces, make storyboard and waveform, look for echoes"),
    "normalize": ("Normalize", "make the full-size copy"),
}


@pages.get("/pipeline")
def show() -> str:
    """Show each stage's load, and the media that are in trouble."""
    with house().pool.connection() as conn:
        return render_template(
            "pipeline.html",
            loads=overview.load(conn),
            troubles=overview.troubles(conn, LISTED),
            steps=STEPS,
            listed=LISTED,
        )
