"""Serving the stand-in: by threads, on a loopback port."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import WSGIRequestHandler, make_server

from tipline.carrier.api import create_api
from tipline.carrier.carrier import Carrier


class _Quiet(WSGIRequestHandler):
    """Writes no line for each request: it would hold numbers."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write nothing."""


@contextmanager
def serving(carrier: Carrier, host: str, port: int) -> Iterator[str]:
    """Serve in the background and give the address."""
    server = make_server(host, port, create_api(carrier), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, name="carrier", daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        carrier.close()
