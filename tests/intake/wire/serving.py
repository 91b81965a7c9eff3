"""A real server of one ASGI app over the door's protocol, in a thread; and a line to it for raw bytes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from intake.wire.bridge import App
from intake.wire.protocol import DoorProtocol
from tests.waiting import eventually
from tipline.up.ports import LOOPBACK


@contextmanager
def serving(
    app: App, protocol: type[DoorProtocol] = DoorProtocol, *, keep_alive_seconds: int = 5
) -> Iterator[int]:
    """Serve `app` and hand out the port."""
    listening = socket.create_server((LOOPBACK, 0))
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        loop="uvloop",
        http=protocol,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=keep_alive_seconds,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        eventually(lambda: server.started, "the server's start")
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@contextmanager
def line_to(port: int) -> Iterator[socket.socket]:
    """A connection, closed at the end."""
    with socket.create_connection((LOOPBACK, port), timeout=20) as line:
        yield line


def heard(line: socket.socket, *, until: bytes = b"") -> bytes:
    """Everything that is said on a line, to its end or until something is said."""
    said = b""
    while not (until and until in said):
        piece = line.recv(65536)
        if not piece:
            break
        said += piece
    return said
