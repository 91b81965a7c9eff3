"""Scripts and styles: named by content, kept for ever, and demanded before the door opens."""

import gzip
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from evidence.db.connect import Pool
from evidence.errors import SettingsError
from intake.pages import create_pages
from intake.settings import IntakeSettings
from tests.web.citizen.built import built_citizen


def _addresses(page: str) -> list[str]:
    return re.findall(r'"(/static/[^"]+)"', page)


def test_the_page_loads_only_what_is_served(erin: FlaskClient) -> None:
    addresses = _addresses(erin.get("/").text)
    assert len(addresses) == 3
    for address in addresses:
        answer = erin.get(address)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_only_the_prover_may_run_webassembly(erin: FlaskClient) -> None:
    answers = {address: erin.get(address) for address in ["/", *_addresses(erin.get("/").text)]}
    policies = {
        address: answer.headers.getlist("Content-Security-Policy") for address, answer in answers.items()
    }
    assert all(len(said) == 1 for said in policies.values())
    allowing = [address for address, (said,) in policies.items() if "wasm-unsafe-eval" in said]
    assert len(allowing) == 1
    assert allowing[0].startswith("/static/prover-")
    assert not any("'unsafe-eval'" in said for (said,) in policies.values())


def test_a_browser_that_can_gets_it_compressed(erin: FlaskClient) -> None:
    address = _addresses(erin.get("/").text)[0]
    plain = erin.get(address)
    compressed = erin.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(compressed.data) == plain.data
    assert len(compressed.data) < len(plain.data) / 2


@pytest.mark.parametrize("name", ["manifest.json", "../templates/tip.html", "page.js", ".."])
def test_nothing_else_of_the_disk_is_served(erin: FlaskClient, name: str) -> None:
    assert erin.get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize(
    ("missing", "told"), [("dist", "npm run build"), ("translations", "pybabel compile")]
)
def test_a_door_without_its_page_does_not_open(
    tmp_path: Path, settings: IntakeSettings, pool: Pool, missing: str, told: str
) -> None:
    for part in {"templates", "dist", "translations"} - {missing}:
        (tmp_path / part).symlink_to(built_citizen() / part)
    with pytest.raises(SettingsError, match=told):
        create_pages(settings, tmp_path, pool)
