"""The table: each figure of ours beside the peer's, their ratio, and what was demanded."""

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One figure; `ratio` is ours to the peer's, None where the figure is not told as one."""

    figure: str
    ours: str
    peer: str
    ratio: float | None
    must: str
    aim: str


def compared(figure: str, ours: float, peer: float, must: str, aim: str, unit: str = "") -> Row:
    """Return a figure that is told as a ratio."""
    return Row(figure, f"{ours:.4g} {unit}", f"{peer:.4g} {unit}", ours / peer, must, aim)


def show(title: str, rows: Iterable[Row], note: str) -> None:
    """Print the table, and a `note` under it."""
    table = Table("figure", "ours", "peer", "ours / peer", "must", "aim", title=title, caption=note)
    table.title_justify = table.caption_justify = "left"
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        table.add_row(row.figure, row.ours, row.peer, ratio, row.must, row.aim)
    Console(width=130).print(table)
