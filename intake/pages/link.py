"""A personal link that a text held: send the original, once, to the tip that it belongs to."""

from flask import Flask, render_template

from evidence.tips.door import token_text
from evidence.tips.link import UploadLink


def add_routes(app: Flask) -> None:
    """Add the page. To look at it uses nothing up, since whoever shows a preview of a link looks too."""

    @app.get("/u/<code>")
    def upload_link(code: str) -> str:
        link = UploadLink.from_text(code)
        return render_template("link.html", link=link.code, token=token_text(link.token))


def render_arrived(app: Flask, language: str, code: str) -> str:
    """Return the page that a browser without JavaScript gets once its files are here."""
    with app.test_request_context(f"/u/{code}", query_string={"lang": language}):
        return render_template("link.html", link=code, token="", arrived=True)
