"""Run inside the sandbox by the tests: ends as a child does whose room could not be built."""

import os
import sys


def main(argv: list[str]) -> int:
    for fd in range(3, 64):
        try:
            os.write(fd, b"no room could be built")
        except OSError:
            continue
    sys.stderr.write("no room could be built\n")
    return int(argv[0])
