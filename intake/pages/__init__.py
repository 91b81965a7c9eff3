"""The citizen's pages: a Flask app that knows no cookie, no session and no visitor."""

from intake.pages.app import create_pages
from intake.pages.receipt import render_receipt

__all__ = ["create_pages", "render_receipt"]
