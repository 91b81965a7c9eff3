"""What citizens' browsers run can be built again, byte for byte, and compared with what is served."""

import re
from pathlib import Path

import pytest

from infra.release import bundle
from tests.intake.conftest import Intake
from tests.web.citizen.conftest import Phone


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return bundle.hashes(bundle.build(tmp_path_factory.mktemp("first")))


def test_two_builds_in_two_places_are_the_same_bytes(built: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "some/where/else altogether"
    other.mkdir(parents=True)
    assert bundle.hashes(bundle.build(other)) == built
    assert len(built) == 7


def test_a_door_serves_what_the_source_makes_and_whatever_differs_is_found(
    door: Intake, built: dict[str, str]
) -> None:
    assert bundle.compare(door.url, built) == []
    name = next(name for name in built if name.startswith("page-") and name.endswith(".js"))
    faults = bundle.compare(door.url, {**built, name: "0" * 64})
    assert any(fault.startswith(f"{name} differs") for fault in faults)
    assert "/bundle.txt is not the list of what was built here" in faults
    less = {key: value for key, value in built.items() if key != name}
    assert f"{name} is named by a page and was not built here" in bundle.compare(door.url, less)


def test_a_browser_runs_no_script_that_was_changed_on_its_way(door: Intake, erin: Phone) -> None:
    """By a cache or a proxy, that is: whoever changes the page as well can change what it expects."""
    page = erin.page
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))
    page.route(
        re.compile(r"/static/page-.*\.js"),
        lambda route: route.fulfill(content_type="text/javascript", body="document.title = 'changed'"),
    )
    page.goto(door.url)
    page.wait_for_load_state("networkidle")
    assert any("integrity" in said for said in refused)
    assert page.title() != "changed"
