"""The page from which a citizen goes live: what is agreed to is what is told to the door."""

import hashlib
import json
import re

import pytest
from flask.testing import FlaskClient

from tests.intake.pages.conftest import NewPages


def _sentences(page: str) -> list[str]:
    [listed] = re.findall(r'<ul class="consent">(.*?)</ul>', page, re.DOTALL)
    return [
        re.sub(r"&#39;", "'", sentence).strip()
        for sentence in re.findall(r"<li>(.*?)</li>", listed, re.DOTALL)
    ]


def _terms(page: str) -> str:
    [told] = re.findall(r'id="live-data">(.*?)</script>', page, re.DOTALL)
    terms: str = json.loads(told)["terms"]
    return terms


@pytest.mark.parametrize("lang", ["en", "es"])
def test_what_is_agreed_to_is_the_hash_of_what_is_shown(erin: FlaskClient, lang: str) -> None:
    page = erin.get("/live", query_string={"lang": lang}).text
    shown = _sentences(page)
    assert len(shown) == 7
    assert _terms(page) == hashlib.sha256("\n".join(shown).encode()).hexdigest()


def test_other_words_are_another_agreement(erin: FlaskClient, new_pages: NewPages) -> None:
    elsewhere = new_pages(agency_name="Springfield").test_client().get("/live").text
    terms = {
        _terms(erin.get("/live?lang=en").text),
        _terms(erin.get("/live?lang=es").text),
        _terms(elsewhere),
    }
    assert len(terms) == 3


def test_this_page_alone_may_ask_for_the_place(erin: FlaskClient) -> None:
    assert "geolocation=(self)" in erin.get("/live").headers["Permissions-Policy"]
    for path in ("/", "/r", "/privacy"):
        assert "geolocation=()" in erin.get(path).headers["Permissions-Policy"]


def test_where_nobody_can_go_live_no_page_offers_it(erin: FlaskClient, new_pages: NewPages) -> None:
    assert 'href="/live"' in erin.get("/").text
    off = new_pages(live="off").test_client()
    assert 'href="/live"' not in off.get("/").text
    assert '"off": true' in off.get("/live").text
    assert "If you go live" not in off.get("/privacy?lang=en").text
