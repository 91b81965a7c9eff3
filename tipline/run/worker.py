"""`python -m tipline.run.worker`: the pipeline."""

import os

from evidence.confine import python_runtime
from tipline.run.room import shut_in
from workers.main import run
from workers.settings import WorkerSettings

# The trial of the sandbox listens on any free port of its own.
_ANY_PORT = 0


def main() -> None:
    """Work until SIGTERM. It reaches the database, the store and the spool, and starts media tools."""
    settings = WorkerSettings.from_env(os.environ)
    disk = [settings.store_disk] if settings.store_disk else []
    shut_in(
        os.environ,
        read=disk,
        write=[settings.spool, settings.scratch],
        execute=python_runtime(),
        bind_ports=[_ANY_PORT],
        store=True,
    )
    run(settings)


if __name__ == "__main__":
    main()
