"""The first lines of every sandboxed child, run by its path: `python -I entry.py ORDER PARENT PIPE`.

A confined worker may read its packages but not list the checkout they lie in, and Python finds a package by
listing the directory above it. So the two packages a child needs are named to the interpreter here.
"""

import importlib.util
import sys
from pathlib import Path

_HOUSE = Path(__file__).resolve().parents[2]


def know(package: str) -> None:
    """Import a package of this house from its own directory."""
    place = _HOUSE / package
    spec = importlib.util.spec_from_file_location(
        package, place / "__init__.py", submodule_search_locations=[str(place)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{package} is not in {_HOUSE}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[package] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    know("evidence")
    know("workers")
    importlib.import_module("workers.sandbox.child").main(sys.argv)
