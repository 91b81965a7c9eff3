"""`python -m tipline.run.worker`: the pipeline."""

import os
from collections.abc import Mapping

from evidence.confine import python_runtime
from tipline.run.room import shut_in
from workers.main import run
from workers.settings import WorkerSettings

# The trial of the sandbox listens on any free port of its own.
_ANY_PORT = 0


def enter(env: Mapping[str, str]) -> WorkerSettings:
    """Read the settings and shut this process in: database, store, spool and media tools remain."""
    settings = WorkerSettings.from_env(env)
    shut_in(
        env,
        read=[settings.store_disk] if settings.store_disk else [],
        write=[settings.spool, settings.scratch],
        execute=python_runtime(),
        bind_ports=[_ANY_PORT, *settings.telemetry.ports],
        store=True,
        reach=settings.telemetry.reach,
    )
    return settings


if __name__ == "__main__":
    run(enter(os.environ))
