"""`python -m bench [FIGURE...]`: every figure, or those that are named, on a disk and in memory.

In memory (tmpfs) a sync costs nothing, so that the endpoints themselves are compared. Each figure is taken
of servers that have done nothing before.
"""

import argparse
import resource
import shutil
import signal
import sys
from pathlib import Path

from bench.figures import FIGURES, ON_A_DISK
from bench.figures.pair import both_servers
from bench.report import Row, show
from bench.servers import ROOT
from bench.throughput import GIB

MEMORY = Path("/dev/shm")
# One upload, and the file that it is sent from; and the database.
_ROOM_BYTES = 3 * GIB
_NOTE = (
    "Durability, on both sides as they are: ours has bytes and directory entries on the disk before it"
    " acknowledges them (fdatasync, fsync), and Postgres commits durably; the peer syncs nothing. CPU time"
    " and memory are those of the server's process; Postgres, which only ours has, is not in them."
)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "figures", nargs="*", choices=[[], *FIGURES], metavar="FIGURE", help=", ".join(FIGURES)
    )
    parser.add_argument("--disk", type=Path, default=ROOT / ".cache", help="a directory on a disk")
    asked = parser.parse_args()
    names = [name for name in FIGURES if name in (asked.figures or FIGURES)]
    _allow_many_files()
    # Whoever ends us otherwise than by Ctrl-C finds no server and no gigabytes left either.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    asked.disk.mkdir(exist_ok=True)
    for place, directory in (("on a disk", asked.disk), ("in memory", MEMORY)):
        here = [name for name in names if not (name in ON_A_DISK and directory == MEMORY)]
        if not here or not directory.is_dir():
            continue
        if shutil.disk_usage(directory).free < _ROOM_BYTES:
            sys.stderr.write(f"Nothing is measured {place}: {directory} has less than 3 GiB free.\n")
            continue
        rows = [row for name in here for row in _measured(name, directory)]
        show(f"Tipline beside @tus/server, {place}", rows, _NOTE)


def _measured(name: str, directory: Path) -> list[Row]:
    with both_servers(directory) as pair:
        return list(FIGURES[name](pair))


def _allow_many_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
