"""The deletion clock of the tests: a real process that ends one tip, and kills itself at one point of it.

`TEST_POINT` is `begun` (nothing is deleted), `claimed`, `half` (one object is gone), `emptied` (store and
spool are empty, the words are there) or `finished`.
"""

import os
import signal
from typing import Any
from uuid import UUID

from evidence.db.connect import connect
from evidence.media import purging
from evidence.storage import removal
from workers.expire import purge
from workers.expire.main import shredder_of
from workers.expire.settings import ExpireSettings

_AFTER = {
    "begun": (purging, "claim", False),
    "claimed": (purging, "claim", True),
    "half": (removal, "_remove", True),
    "emptied": (purging, "finish", False),
    "finished": (purge.Shredder, "end", True),
}


def die_at(point: str) -> None:
    """Wrap the step at which it is to die, before or after it is done."""
    where: Any
    where, name, done = _AFTER[point]
    step = getattr(where, name)

    def last(*arguments: Any) -> None:
        if done:
            step(*arguments)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(where, name, last)


if __name__ == "__main__":
    die_at(os.environ["TEST_POINT"])
    settings = ExpireSettings.from_env(os.environ)
    with connect(settings.database_url, autocommit=True) as conn:
        purge.Shredder.end(shredder_of(settings), conn, UUID(os.environ["TEST_TIP"]))
