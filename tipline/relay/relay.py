"""A relay: session after session, as long as the camera's owner consents."""

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tipline.relay.broadcast import Broadcast
from tipline.relay.camera import Source
from tipline.relay.door import Away, Door, Session, Stands, new_key, pauses
from tipline.relay.recording import Recording


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

        A session that ends by time, or by a long cut, is followed by the next. Raises what the door refuses a
        session with: `Forbidden` (`consent_not_given`) above all.
        """
        while True:
            session = self._open()
            with tempfile.TemporaryDirectory(prefix="tipline-relay-") as folder:
                self._broadcast = Broadcast(self.camera, session, Recording(Path(folder)), self.tell)
                if self._stopping.is_set():
                    self._broadcast.stop_recording()
                self.tell(f"Live as {session.id}.")
                stands = self._broadcast.run()
            if stands.state == "closed" or self._stopping.is_set():
                return stands

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
