"""What holds for every page a citizen can see."""

import pytest
from flask.testing import FlaskClient

from tests.intake.pages.conftest import NewPages

PAGES = ["/", "/r", "/live", "/privacy", "/nowhere"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("lang", "words"), [("en", "Call 112"), ("es", "Llame al 112")])
def test_the_emergency_number_stands_on_it(erin: FlaskClient, path: str, lang: str, words: str) -> None:
    page = erin.get(path, query_string={"lang": lang}).text
    assert words in page
    assert 'href="tel:112"' in page


@pytest.mark.parametrize("path", PAGES)
def test_it_sets_no_cookie_and_is_kept_nowhere(erin: FlaskClient, path: str) -> None:
    answer = erin.get(path)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_its_policy_lets_nothing_in_line_run(erin: FlaskClient, path: str) -> None:
    policy = erin.get(path).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


def test_it_tells_no_other_site_where_it_was_left_and_frames_nowhere(erin: FlaskClient) -> None:
    headers = erin.get("/").headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=(self)" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


def test_https_is_demanded_where_the_door_has_it(new_pages: NewPages) -> None:
    headers = new_pages(url="https://tips.city.gov").test_client().get("/").headers
    assert "max-age=31536000" in headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    ("asked", "accepted", "spoken"),
    [
        (None, "es-MX,es;q=0.9,en;q=0.5", "es"),
        (None, "fr-FR,fr;q=0.9", "en"),
        (None, None, "en"),
        ("es", "en-US", "es"),
        ("en", "es-MX", "en"),
        ("xx", "es-MX", "es"),
    ],
)
def test_the_address_chooses_the_language_and_else_the_browser(
    erin: FlaskClient, asked: str | None, accepted: str | None, spoken: str
) -> None:
    headers = {"Accept-Language": accepted} if accepted else {}
    page = erin.get("/", query_string={"lang": asked} if asked else {}, headers=headers).text
    assert f'<html lang="{spoken}" ' in page


def test_a_chosen_language_stays_with_the_links(erin: FlaskClient) -> None:
    page = erin.get("/?lang=es").text
    assert 'href="/privacy?lang=es"' in page
    assert 'href="/?lang=en"' in page
    assert "lang=" not in erin.get("/").text.split("<footer")[1]


def test_a_missing_page_is_a_page_for_people_and_a_problem_for_programs(erin: FlaskClient) -> None:
    page = erin.get("/nowhere", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "There is nothing here" in page.text
    problem = erin.get("/nowhere", headers={"Accept": "application/json"})
    assert problem.mimetype == "application/problem+json"
    assert problem.get_json(force=True)["code"] == "not_found"


def test_a_wrong_method_names_the_right_ones(erin: FlaskClient) -> None:
    answer = erin.delete("/privacy")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_browser_that_asks_for_the_address_it_posted_to_is_sent_to_the_page(erin: FlaskClient) -> None:
    answer = erin.get("/tips/form?lang=es")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/?lang=es")
