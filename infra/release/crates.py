"""Rust that is linked into wheels, as each wheel's own bill of materials tells it (PEP 770, CycloneDX)."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from typing import Any

# What a bill gives as a text without a name: read by a person.
_LOOKED_UP = {"tinystr": "Unicode-3.0"}


@dataclass(frozen=True, order=True)
class Crate:
    """One crate in a wheel; `licence` is an expression in SPDX's names, alternatives in their order."""

    wheel: str
    name: str
    version: str
    licence: str

    @property
    def purl(self) -> str:
        """Its address, as bills of materials write it."""
        return f"pkg:cargo/{self.name}@{self.version}"


def crates_in(wheels: Iterable[str]) -> list[Crate]:
    """Return what the wheels of this environment hold of Rust, as far as they tell."""
    return sorted({crate for wheel in wheels for bill in _bills(wheel) for crate in _crates(wheel, bill)})


def _bills(wheel: str) -> Iterator[dict[str, Any]]:
    for file in distribution(wheel).files or ():
        if "sboms" in file.parts and file.suffix == ".json":
            yield json.loads(file.read_text("utf-8"))


def _crates(wheel: str, bill: dict[str, Any]) -> Iterator[Crate]:
    for part in bill.get("components", ()):
        if part.get("purl", "").startswith("pkg:cargo/"):
            yield Crate(wheel, part["name"], part["version"], _licence(part))


def _licence(part: dict[str, Any]) -> str:
    if part["name"] in _LOOKED_UP:
        return _LOOKED_UP[part["name"]]
    told = [
        one.get("expression") or one["license"].get("id") or one["license"].get("name", "")
        for one in part.get("licenses", ())
    ]
    return " AND ".join(_in_order(one) for one in told) or "none stated"


def _in_order(expression: str) -> str:
    if "AND" in expression or "(" in expression:
        return expression
    return " OR ".join(sorted(expression.split(" OR ")))
