"""What a stage calls: fingerprints taken, echoes looked for, and a function that writes both down."""

from collections.abc import Callable
from pathlib import Path

from evidence import echoes
from evidence.db.connect import Connection
from evidence.media import Lease
from workers.bench import Bench, Task
from workers.inspect.facts import Facts
from workers.prints.cosine import MIRROR
from workers.prints.make import make
from workers.tools import versions

NAME = "prints-1"


def take(bench: Bench, task: Task, source: Path, facts: Facts) -> Callable[[Connection, Lease], None]:
    """Fingerprint the original at `source` and look for echoes, outside of any transaction of the stage's.

    What is returned writes fingerprints and suggestions down in the stage's own transaction. Raises
    `RefusedError`, `ToolFailedError`, `ToolStoppedError`, `Unavailable`.
    """
    prints, command = make(bench, task, source, facts)
    with bench.pool.connection() as conn:
        candidates = echoes.seek(conn, task.lease, prints, MIRROR)
    looked = echoes.compare(candidates, prints, MIRROR)
    origin = echoes.Origin(NAME, command, versions())
    return lambda conn, lease: echoes.write_down(conn, lease, looked, origin)
