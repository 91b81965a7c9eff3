"""A citizen who comes back, and the key that the console signs with."""

import re

from flask.testing import FlaskClient
from nacl.signing import SigningKey

CONSOLE = SigningKey.generate()
KEY = bytes(CONSOLE.verify_key)


def visit_in(page: str) -> str:
    """What the page carries."""
    found = re.search(r'name="visit" value="([^"]+)"', page)
    assert found
    return found[1]


def visited(erin: FlaskClient, words: str) -> str:
    return visit_in(erin.post("/r", data={"words": words}).text)
