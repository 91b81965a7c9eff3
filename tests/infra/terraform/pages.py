"""What our pages tell an operator to let a task run, read from the pages themselves."""

import json
import re

from tests.infra.terraform.working import ROOT

_OVERRIDES = re.compile(r"--overrides '([^']+)'")


def words_on(page: str, process: str) -> list[str]:
    """The words that a page under docs/ gives a process in place of its own; the first is `python`."""
    for written in _OVERRIDES.findall((ROOT / "docs" / page).read_text("utf-8")):
        (container,) = json.loads(written)["containerOverrides"]
        if container["name"] == process:
            return [str(word) for word in container["command"]]
    raise LookupError(f"{page} lets {process} run nothing else")
