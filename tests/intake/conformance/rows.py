"""A row of the table: one demand on any tus server, with an id that stays and a sentence that says it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import pytest

FAMILIES = (
    "options", "override", "cors", "create", "defer", "with-upload", "head", "patch", "interrupts", "lock",
    "checksum", "expiration", "termination", "concatenation", "security",
)  # fmt: skip


Test = Callable[..., None]


def family_of(name: str) -> str:
    """The family of a row's id."""
    return name.partition(".")[0]


@dataclass(frozen=True)
class Row:
    """A demand, before anybody was asked: `family.name`, and what a server does that meets it."""

    id: str
    sentence: str


class Unanswered(Exception):
    """The row cannot be answered by this server; `answer` stands in the table instead."""

    answer = ""


class NotOffered(Unanswered):
    """The server does not announce what the row is about; nothing demands that it does."""

    answer = "not offered"


class NotAsked(Unanswered):
    """The row needs the server's process or its disk in hand, and only its URL is."""

    answer = "not asked"


def row(name: str, sentence: str, *, needs: str = "") -> Callable[[Test], Test]:
    """Make a test the row `name`; `needs` names the extensions it is about, separated by spaces."""
    assert family_of(name) in FAMILIES, name

    def mark(test: Test) -> Test:
        @wraps(test)
        def ask(**fixtures: Any) -> None:
            require(needs.split(), fixtures["tus"].server.extensions)
            test(**fixtures)

        asked: Test = pytest.mark.row(Row(name, sentence))(ask)
        return asked

    return mark


def require(needed: Iterable[str], announced: Iterable[str]) -> None:
    """Raise `NotOffered` where an extension is not announced."""
    if missing := sorted(set(needed) - set(announced)):
        raise NotOffered(f"not announced in Tus-Extension: {', '.join(missing)}")
