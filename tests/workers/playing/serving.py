"""Copies over HTTP, in ranges, as the console streams them."""

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_TYPES = {".html": "text/html", ".mp4": "video/mp4", ".m4a": "audio/mp4"}


@contextmanager
def served(files: Mapping[str, Path]) -> Iterator[str]:
    """Serve files by name on a port of loopback; the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(files)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def _handler(files: Mapping[str, Path]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = files.get(self.path.lstrip("/"))
            if path is None:
                self.send_error(404)
                return
            content = path.read_bytes()
            asked = _RANGE.fullmatch(self.headers.get("Range", ""))
            first = int(asked[1]) if asked else 0
            last = min(int(asked[2]), len(content) - 1) if asked and asked[2] else len(content) - 1
            self.send_response(206 if asked else 200)
            if asked:
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Type", _TYPES[path.suffix])
            self.send_header("Content-Length", str(last + 1 - first))
            self.end_headers()
            try:
                self.wfile.write(content[first : last + 1])
            except ConnectionError:
                self.close_connection = True  # a player that has enough hangs up

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    return Handler
