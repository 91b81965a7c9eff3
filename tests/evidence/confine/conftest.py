"""Runs a script in a process of its own, since a confinement cannot be taken off again."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

RunScript = Callable[..., Any]

PRELUDE = """
import json, os, signal, socket, subprocess, sys
from pathlib import Path
from evidence.confine import *

def attempt(deed):
    try:
        deed()
    except OSError as error:
        return type(error).__name__
    return "done"

def tell(**what):
    print(json.dumps(what))
"""


@pytest.fixture
def run_script() -> RunScript:
    """Run Python code with `attempt`, `tell` and the room's names at hand; answer what it told."""

    def run(code: str, *arguments: object) -> Any:
        script = PRELUDE + textwrap.dedent(code)
        command = [sys.executable, "-c", script, *map(str, arguments)]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)

    return run
