"""A cheap phone on a bad signal: what the first visit costs, as it travels."""

import re

import httpx
import pytest

from tests.intake.conftest import Intake

BUDGET = 100_000


def _travelled(client: httpx.Client, path: str) -> tuple[int, str]:
    with client.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    return len(raw), httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=raw).text


@pytest.mark.parametrize("path", ["/", "/live"])
def test_the_first_load_is_under_100_kilobytes(door: Intake, path: str) -> None:
    with httpx.Client(base_url=door.url) as client:
        total, page = _travelled(client, path)
        assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
        assert {asset.rsplit(".", 1)[1] for asset in assets} == {"js", "css"}
        total += sum(_travelled(client, asset)[0] for asset in assets)
    assert total < BUDGET


def test_nothing_is_fetched_from_anybody_else(door: Intake) -> None:
    with httpx.Client(base_url=door.url) as client:
        page = client.get("/").text
        styles = client.get(re.findall(r'href="(/static/[^"]+css)"', page)[0]).text
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)
    assert set(re.findall(r"url\(\"?([a-z]+):", styles)) <= {"data"}
