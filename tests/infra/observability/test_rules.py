"""Alerts and dashboard as they stand in their files: they parse, and each alert leads to its runbook."""

import importlib.util
import re
from pathlib import Path

import yaml

from tests.infra.observability.expressions import OBSERVABILITY, asked, dashboard, expressions, rules

RUNBOOK = (Path(__file__).parents[3] / "docs/runbooks/alerts.md").read_text()


def test_each_alert_says_how_urgent_it_is_and_has_its_section_and_no_section_is_left_over() -> None:
    sections = dict(re.findall(r"^## (\w+)\n\n\*(page|ticket)\.\*", RUNBOOK, re.MULTILINE))
    assert {rule["alert"]: rule["labels"]["severity"] for rule in rules()} == sections
    for rule in rules():
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks/alerts.md#{rule['alert'].lower()}"
        section = RUNBOOK.split(f"## {rule['alert']}\n")[1].split("\n## ")[0]
        assert all(part in section for part in ("**For citizens**", "**Look at**", "**Do**")), rule["alert"]


def test_each_alert_has_a_trouble_that_promtool_can_play() -> None:
    played = yaml.safe_load((OBSERVABILITY / "prometheus/alerts_test.yml").read_text())
    _, trouble = played["tests"]
    (expected,) = trouble["promql_expr_test"]
    fired = [re.findall(r'alertname="(\w+)"', one["labels"])[0] for one in expected["exp_samples"]]
    assert sorted(fired) == sorted(rule["alert"] for rule in rules())


def test_every_expression_parses_and_asks_for_something() -> None:
    where = [place for place, _ in expressions()]
    assert len(where) > 50
    assert {one.where for one in asked()} == set(where)


def test_no_two_panels_lie_on_each_other() -> None:
    taken = set[tuple[int, int]]()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_the_dashboard_is_what_its_source_makes() -> None:
    spec = importlib.util.spec_from_file_location("make", OBSERVABILITY / "grafana/make.py")
    assert spec is not None
    assert spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    assert make.TARGET.read_text() == make.written(), "run: python infra/observability/grafana/make.py"


def test_prometheus_scrapes_the_ports_that_the_book_names() -> None:
    scraped = yaml.safe_load((OBSERVABILITY / "prometheus/prometheus.yml").read_text())
    (job,) = scraped["scrape_configs"]
    assert job["job_name"] == "tipline", "alerts ask for `up` by it"
    ports = {
        config["labels"]["process"]: int(target.rpartition(":")[2])
        for config in job["static_configs"]
        for target in config["targets"]
    }
    book = (OBSERVABILITY.parents[1] / "docs/observing.md").read_text()
    told = re.findall(r"^\| `TIPLINE_(\w+)_METRICS_PORT` \|.*\| (\d+) \|$", book, re.MULTILINE)
    assert ports == {name.lower(): int(port) for name, port in told}
