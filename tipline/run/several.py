"""The public door as several processes where `tipline up` does not see to it: in a container of its own."""

import signal
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from evidence.confine import hide_from_neighbours
from intake.settings import IntakeSettings
from tipline.up.bell import Bell
from tipline.up.crew import Crew
from tipline.up.door import PublicDoor
from tipline.up.launch import Program
from tipline.up.listening import listening_on

_STOP_SECONDS = 5.0


def serve_with(settings: IntakeSettings, env: Mapping[str, str]) -> None:
    """Start the processes and keep them running until asked to stop; what they say goes where ours does.

    Raises `SettingsError` where the port is not to be had.
    """
    hide_from_neighbours()
    one = Program("intake", (sys.executable, "-m", "tipline.run.intake"), None, env)
    with (
        tempfile.TemporaryDirectory() as scratch,
        Bell() as bell,
        listening_on(settings.host, settings.port) as listening,
    ):
        crew = Crew(Path(scratch) / "children.json", _tell)
        try:
            for program in PublicDoor(listening, settings.processes).programs(one):
                crew.start(program)
            while not bell.stopping:
                due = crew.tend()
                if not bell.stopping:
                    bell.wait(due)
        finally:
            listening.close()
            crew.stop(crew.children, signal.SIGTERM, _STOP_SECONDS)


def _tell(sentence: str) -> None:
    sys.stderr.write(f"tipline: {sentence}\n")
    sys.stderr.flush()
