"""`python -m tipline.run.intake`: the public door."""

import os
from collections.abc import Mapping
from pathlib import Path

import web
from intake.server import serve
from intake.settings import IntakeSettings
from tipline.run.room import shut_in

CITIZEN = Path(web.__file__).parent / "citizen"


def enter(env: Mapping[str, str]) -> IntakeSettings:
    """Read the settings and shut this process in: it reaches the database and the spool, and nothing else."""
    settings = IntakeSettings.from_env(env)
    shut_in(env, write=[settings.spool], bind_ports=[settings.port])
    return settings


if __name__ == "__main__":
    serve(enter(os.environ), CITIZEN)
