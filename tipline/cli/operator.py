"""What commands for an operator share: `--data DIR`."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from tipline.operator import Operator

__all__ = ("Operator", "data_option")

_Command = TypeVar("_Command", bound=Callable[..., object])


def data_option(command: _Command) -> _Command:
    """Add `--data DIR`: where the installation keeps its state."""
    default = os.environ.get("TIPLINE_DATA", "var")
    option = click.option(
        "--data", type=click.Path(path_type=Path, file_okay=False), default=default, show_default=True,
        help="Where the installation keeps its state.",
    )  # fmt: skip
    return option(command)
