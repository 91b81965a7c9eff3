"""The worker process of the tests: a real one, which may be told to die or to freeze at one point of a turn.

`TEST_POINT` is `claimed` (it holds the lease), `worked` (the result is made, nothing written down) or
`committed`; `TEST_SIGNAL` is sent to itself there, the first time for each stage, or each time with
`TEST_ALWAYS`. `TEST_MARKS` is a directory where it notes what it did.
"""

import logging
import os
import signal
from pathlib import Path
from typing import Any

from evidence.media import Lease
from workers import turn
from workers.main import run
from workers.settings import WorkerSettings

_AROUND = {
    "claimed": ("_worked", "before"),
    "worked": ("_finish", "before"),
    "committed": ("_finish", "after"),
}


def misbehave(point: str) -> None:
    """Wrap the step of a turn at which this worker is to stop working."""
    name, when = _AROUND[point]
    step = getattr(turn, name)

    def wrapped(*arguments: Any) -> Any:
        (lease,) = (argument for argument in arguments if isinstance(argument, Lease))
        if when == "before":
            _strike(lease)
        outcome = step(*arguments)
        if when == "after":
            _strike(lease)
        return outcome

    setattr(turn, name, wrapped)


def _strike(lease: Lease) -> None:
    mark = Path(os.environ["TEST_MARKS"], lease.stage)
    if not mark.exists() or "TEST_ALWAYS" in os.environ:
        mark.touch()
        os.kill(os.getpid(), signal.Signals[os.environ["TEST_SIGNAL"]])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(threadName)s %(name)s %(message)s")
    if "TEST_POINT" in os.environ:
        misbehave(os.environ["TEST_POINT"])
    run(WorkerSettings.from_env(os.environ))
