"""`python -m tipline.run.console`: the reviewers' console."""

import os
from collections.abc import Mapping

from tipline.run.room import shut_in
from web.console.server import serve
from web.console.settings import ConsoleSettings


def enter(env: Mapping[str, str]) -> ConsoleSettings:
    """Read the settings and shut this process in: it reaches the database and the store, reads the
    spool, where broadcasts grow that staff watch, and nothing else."""
    settings = ConsoleSettings.from_env(env)
    spool = [settings.spool] if settings.spool else []
    shut_in(env, read=spool, bind_ports=[settings.port, *settings.telemetry.ports], store=True)
    return settings


if __name__ == "__main__":
    serve(enter(os.environ))
