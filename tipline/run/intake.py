"""`python -m tipline.run.intake`: the public door, as one process or as TIPLINE_INTAKE_PROCESSES of them."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import web
from evidence.errors import SettingsError
from intake.server import serve
from intake.settings import IntakeSettings
from tipline.run.room import shut_in
from tipline.run.several import serve_with

CITIZEN = Path(web.__file__).parent / "citizen"


def enter(env: Mapping[str, str]) -> IntakeSettings:
    """Read the settings and shut this process in: it reaches the database and the spool, and nothing else.

    One that inherits its listening socket may open none but its metrics'.
    """
    settings = IntakeSettings.from_env(env)
    public = [settings.port] if settings.listen_fd is None else []
    shut_in(env, write=[settings.spool], bind_ports=[*public, *settings.telemetry.ports])
    return settings


def main(env: Mapping[str, str]) -> None:
    """Serve until asked to stop; the first of several serves nothing itself, and keeps the others running."""
    settings = IntakeSettings.from_env(env)
    if settings.listen_fd is None and settings.processes > 1:
        serve_with(settings, env)
    else:
        serve(enter(env), CITIZEN)


if __name__ == "__main__":
    try:
        main(os.environ)
    except SettingsError as error:
        sys.exit(f"tipline: {error.sentence}")
