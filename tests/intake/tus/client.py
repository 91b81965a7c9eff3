"""A client that speaks tus by hand, so that a test can also speak it wrongly or only half."""

import base64
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}


def metadata(**pairs: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


@dataclass(frozen=True)
class Tus:
    """Requests to one server."""

    url: str

    def request(self, method: str, url: str, headers: dict[str, str], content: bytes = b"") -> httpx.Response:
        # Each request on a line of its own; no TLS here, whose certificates would take longest to load.
        return httpx.request(method, url, headers=headers, content=content, timeout=20, verify=False)

    def options(self) -> httpx.Response:
        return self.request("OPTIONS", f"{self.url}/files/", {})

    def post(self, content: bytes = b"", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", f"{self.url}/files/", {**TUS, **named}, content)

    def create(self, length: int | None, **pairs: str) -> str:
        """Open an upload and return its URL."""
        size = {"Upload_Defer_Length": "1"} if length is None else {"Upload_Length": str(length)}
        answer = self.post(b"", **size, Upload_Metadata=metadata(**pairs))
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"].startswith("/files/")
        return urljoin(f"{self.url}/files/", answer.headers["location"])

    def head(self, url: str) -> httpx.Response:
        return self.request("HEAD", url, TUS)

    def offset(self, url: str) -> int:
        answer = self.head(url)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])

    def patch(self, url: str, offset: int, content: bytes, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("PATCH", url, {**TUS, **BYTES, "Upload-Offset": str(offset), **named}, content)

    def delete(self, url: str) -> httpx.Response:
        return self.request("DELETE", url, TUS)


class HalfSent:
    """A PATCH that announces more than it sends, and stays on the line."""

    def __init__(self, url: str, offset: int, announced: int, sent: bytes, headers: str = "") -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10)
        self.socket.sendall(
            f"PATCH {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nTus-Resumable: 1.0.0\r\n"
            f"Content-Type: application/offset+octet-stream\r\nUpload-Offset: {offset}\r\n"
            f"Content-Length: {announced}\r\n{headers}\r\n".encode()
            + sent
        )

    def finish(self) -> None:
        """End politely (FIN)."""
        self.socket.close()

    def reset(self) -> None:
        """Break off (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def answer(self) -> bytes:
        """What the server says."""
        return self.socket.recv(65536)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()
