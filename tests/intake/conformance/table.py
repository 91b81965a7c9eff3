"""The answers, in the table's order."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tests.intake.conformance.rows import FAMILIES, family_of


class Answered(NamedTuple):
    """A row and its answer: `passed`, `failed`, `not offered` or `not asked`; `why` is of a failed one."""

    id: str
    sentence: str
    answer: str
    line: int
    why: str


def in_order(answered: Iterable[Answered]) -> list[Answered]:
    """Family by family, each as its file has them."""
    return sorted(answered, key=lambda row: (FAMILIES.index(family_of(row.id)), row.line))


def as_text(answered: Sequence[Answered]) -> str:
    """The table for a terminal, with the counts below."""
    width = max((len(row.id) for row in answered), default=0)
    lines = [
        f"{row.id:<{width}}  {row.answer:<11}  {row.sentence}"
        + (f"\n{'':<{width}}  {row.why}" if row.why else "")
        for row in answered
    ]
    return "\n".join([*lines, "", counts(answered)])


def counts(answered: Iterable[Answered]) -> str:
    """Say how many rows have which answer."""
    counted = Counter(row.answer for row in answered)
    return ", ".join(
        f"{counted[answer]} {answer}" for answer in ("passed", "failed", "not offered", "not asked")
    )
