"""A line that goes dead without breaking: what a tunnel does to a phone."""

import socket
import threading
from contextlib import suppress
from types import TracebackType

_READ = 65_536


class Tunnel:
    """Hands everything on between a port of its own and the door's, but not between `enter` and `leave`.

    Lines that were open on entering stay as they were: nothing passes, and nobody is told.
    """

    def __init__(self, port: int) -> None:
        self._door = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._inside = False
        self._lines: list[socket.socket] = []
        self._dead: set[socket.socket] = set()

    def __enter__(self) -> "Tunnel":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in (self._listening, *self._lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def enter(self) -> None:
        """Let nothing through, on any line, old or new."""
        self._inside = True
        self._dead.update(self._lines)

    def leave(self) -> None:
        """Let new lines through; the old ones stay dead."""
        self._dead.update(self._lines)
        self._inside = False

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                phone, _ = self._listening.accept()
                door = socket.create_connection(("127.0.0.1", self._door))
                self._lines += [phone, door]
                if self._inside:
                    self._dead.update((phone, door))
                for here, there in ((phone, door), (door, phone)):
                    threading.Thread(target=self._hand_on, args=(here, there), daemon=True).start()

    def _hand_on(self, here: socket.socket, there: socket.socket) -> None:
        with suppress(OSError):
            while content := here.recv(_READ):
                if here not in self._dead:
                    there.sendall(content)
            if here not in self._dead:
                there.shutdown(socket.SHUT_WR)
