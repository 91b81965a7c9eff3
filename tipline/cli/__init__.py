"""The command line: `tipline COMMAND`."""

import sys
from importlib import import_module

# As a shell tells of a command that was interrupted: 128 and the signal's number.
INTERRUPTED = 130


def main() -> None:
    """Run the command line; all of it is loaded here, so that whoever interrupts that sees no traceback."""
    try:
        import_module("tipline.cli.commands").main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
