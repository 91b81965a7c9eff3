"""One sync for everybody who asked before it began.

What a directory holds is put on the disk as a whole. So those who come while a sync runs need not queue for
one each: the next one covers them all.
"""

import threading
from collections.abc import Callable


class GroupCommit:
    """Shared by threads; `work` puts on the disk whatever was done before it was called."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._turn = threading.Condition()
        self._running = False
        self._begun = 0
        self._done = 0

    def wait(self) -> None:
        """Return once a round of work has succeeded that began after this call; raises what it raised.

        Who finds nobody at work does it for all who wait; where that fails, each of them tries for himself.
        """
        with self._turn:
            # One that runs already may have passed what we did.
            needed = self._begun + 1
            while self._running:
                self._turn.wait()
                if self._done >= needed:
                    return
            self._running = True
            self._begun += 1
            mine = self._begun
        succeeded = False
        try:
            self._work()
            succeeded = True
        finally:
            with self._turn:
                self._running = False
                if succeeded:
                    self._done = mine
                self._turn.notify_all()
