"""A relay: session after session, as long as the camera's owner consents."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from tipline.relay.broadcast import Broadcast
from tipline.relay.camera import Source
from tipline.relay.door import Away, Door, Session, Stands, new_key, pauses


@dataclass
class Relay:
    """Sends what a camera shows to the door at `server`, as long as the consent behind `token` lasts.

    `tell` is given a sentence whenever something changes.
    """

    camera: Source
    server: str
    token: str = field(repr=False)
    tell: Callable[[str], None]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _broadcast: Broadcast | None = None

    def stop(self) -> None:
        """Record nothing more; what was recorded is still sent. From any thread, or a signal's handler."""
        self._stopping.set()
        if self._broadcast is not None:
            self._broadcast.stop_recording()

    def run(self) -> Stands:
        """Send until stopped, or closed by the door, and say how it stands then.

        A session that ends by time, or by a long cut, is followed by the next, while the rest of it is sent.
        Raises `NotKept`, and what the door refuses: `Forbidden` (`consent_not_given`) above all.
        """
        earlier: list[Future[Stands]] = []
        with ThreadPoolExecutor(thread_name_prefix="broadcast") as sending:
            while True:
                broadcast = self._begin()
                newest = sending.submit(broadcast.run)
                broadcast.wait_until_recorded()
                if broadcast.stands.state != "ended" or self._stopping.is_set():
                    break
                earlier.append(newest)
        for one in earlier:
            one.result()
        return newest.result()

    def _begin(self) -> Broadcast:
        session = self._open()
        self._broadcast = broadcast = Broadcast(self.camera, session, self.tell)
        if self._stopping.is_set():
            broadcast.stop_recording()
        self.tell(f"Live as {session.id}.")
        return broadcast

    def _open(self) -> Session:
        key, door = new_key(), Door(self.server)
        for pause in pauses():
            try:
                return door.open(self.token, key)
            except Away as away:
                self.tell(f"{away.sentence} Trying again.")
                if self._stopping.wait(pause):
                    raise
        raise AssertionError("there is always a further try")
