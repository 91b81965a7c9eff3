"""Whether the console is alive, and whether it can serve."""

from flask import Blueprint
from werkzeug.wrappers import Response

from evidence.version import VERSION
from web.console.house import house

pages = Blueprint("health", __name__)


@pages.get("/healthz")
def alive() -> Response:
    """Answer that the process runs, and what it is."""
    return Response(f"ok, version {VERSION}\n", mimetype="text/plain")


@pages.get("/readyz")
def ready() -> Response:
    """Answer that pages can be served; 503 by the error handler where the database is away."""
    with house().pool.connection() as conn:
        conn.execute("SELECT 1")
    return Response("ready\n", mimetype="text/plain")
