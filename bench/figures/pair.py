"""Both servers, side by side."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.servers import Server, our_door, the_peer
from tipline.up.postgres import EmbeddedPostgres


@dataclass(frozen=True)
class Pair:
    """Both servers, and a directory that goes with them."""

    ours: Server
    peer: Server
    work: Path


@contextmanager
def both_servers(directory: Path) -> Iterator[Pair]:
    """Start both with all their state under `directory`, and leave nothing of it."""
    work = Path(tempfile.mkdtemp(prefix="tipline-bench-", dir=directory))
    try:
        with (
            EmbeddedPostgres(work / "postgres").running() as postgres,
            our_door(work, postgres) as ours,
            the_peer(work) as peer,
        ):
            yield Pair(ours, peer, work)
    finally:
        shutil.rmtree(work)
