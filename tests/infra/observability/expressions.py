"""Everything that asks Prometheus something: alert rules and the dashboard's panels, parsed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser
import yaml

OBSERVABILITY = Path(__file__).parents[3] / "infra/observability"


@dataclass(frozen=True)
class Asked:
    """One metric that an expression names, and the labels it wants of it."""

    where: str
    metric: str
    labels: frozenset[str]
    values: frozenset[tuple[str, str]] = frozenset()
    """Each value that it wants of a label, as a pattern; what it does not want is not among them."""


def rules() -> list[dict[str, Any]]:
    told = yaml.safe_load((OBSERVABILITY / "prometheus/alerts.yml").read_text())
    return [rule for group in told["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    return dict(json.loads((OBSERVABILITY / "grafana/dashboards/tipline.json").read_text()))


def expressions() -> Iterator[tuple[str, str]]:
    """Where each stands, and the expression."""
    for rule in rules():
        yield f"alert {rule['alert']}", rule["expr"]
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            yield f"panel {panel['title']}", target["expr"]


def asked() -> list[Asked]:
    """Every metric that anything asks for; raises where an expression is none."""
    found = list[Asked]()
    for where, expression in expressions():

        def visit(node: object, where: str = where) -> bool:
            selector = node.vector_selector if isinstance(node, promql_parser.MatrixSelector) else node
            if isinstance(selector, promql_parser.VectorSelector):
                labels = frozenset(one.name for one in selector.matchers.matchers)
                values = frozenset(
                    (one.name, pattern)
                    for one in selector.matchers.matchers
                    if one.op in (promql_parser.MatchOp.Equal, promql_parser.MatchOp.Re)
                    for pattern in one.value.split("|")
                )
                found.append(Asked(where, selector.name, labels, values))
            return True

        promql_parser.walk(promql_parser.parse(expression), visit)
    return found
