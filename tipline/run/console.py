"""`python -m tipline.run.console`: the reviewers' console."""

import os

from tipline.run.room import shut_in
from web.console.server import serve
from web.console.settings import ConsoleSettings


def main() -> None:
    """Serve the console until SIGTERM. It reaches the database and reads the store, and nothing else."""
    settings = ConsoleSettings.from_env(os.environ)
    shut_in(os.environ, bind_ports=[settings.port], store=True)
    serve(settings)


if __name__ == "__main__":
    main()
