"""`python -m tipline.run.intake`: the public door."""

import os
from pathlib import Path

import web
from intake.server import serve
from intake.settings import IntakeSettings
from tipline.run.room import shut_in


def main() -> None:
    """Serve the public door until SIGTERM. It reaches the database and the spool, and nothing else."""
    settings = IntakeSettings.from_env(os.environ)
    shut_in(os.environ, write=[settings.spool], bind_ports=[settings.port])
    serve(settings, Path(web.__file__).parent / "citizen")


if __name__ == "__main__":
    main()
