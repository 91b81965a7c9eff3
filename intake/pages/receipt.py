"""The receipt: shown once, on the page that a browser without JavaScript gets."""

from collections.abc import Sequence

from flask import Flask, render_template


def render_receipt(
    app: Flask, lang: str, receipt: str, files: Sequence[tuple[str, int]], unkept: Sequence[str] = ()
) -> str:
    """Return the page a browser without JavaScript gets: the words, and each (name, bytes) that arrived.

    `unkept` are the names of files that there was no room for.
    """
    with app.test_request_context("/", query_string={"lang": lang}):
        return render_template("receipt.html", words=receipt, files=files, unkept=unkept)
