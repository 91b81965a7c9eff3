"""The command line: `tipline COMMAND`."""

from tipline.cli.main import main

__all__ = ["main"]
