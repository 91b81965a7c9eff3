"""A client that follows the draft's text by hand, so that a test can also follow it wrongly or only half."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httpx

PART = {"Content-Type": "application/partial-upload"}
YES, NO = "?1", "?0"


@dataclass(frozen=True)
class Draft:
    """Requests to one server, in one interop version of the draft."""

    url: str
    version: int

    @property
    def headers(self) -> dict[str, str]:
        return {"Upload-Draft-Interop-Version": str(self.version)}

    def request(
        self, method: str, url: str, headers: dict[str, str], content: bytes | Iterator[bytes] = b""
    ) -> httpx.Response:
        # Each request on a line of its own; no TLS here, whose certificates would take longest to load.
        return httpx.request(
            method, url, headers={**self.headers, **headers}, content=content, timeout=20, verify=False
        )

    def post(self, content: bytes | Iterator[bytes], complete: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", f"{self.url}/files/", {"Upload-Complete": complete, **named}, content)

    def create(self, length: int | None = None, **headers: str) -> str:
        """Open an empty upload, carefully, and return its URL."""
        size = {} if length is None else {"Upload_Length": str(length)}
        answer = self.post(b"", NO, **size, **headers)
        assert answer.status_code == 201, answer.text
        return self.located(answer)

    def located(self, answer: httpx.Response) -> str:
        """The URL of the upload that an answer names."""
        assert answer.headers["location"].startswith("/files/")
        return urljoin(f"{self.url}/files/", answer.headers["location"])

    def head(self, url: str) -> httpx.Response:
        return self.request("HEAD", url, {})

    def standing(self, url: str) -> tuple[int, str]:
        """What a HEAD tells: the offset, and whether the upload is complete."""
        answer = self.head(url)
        assert answer.status_code == 204, answer.status_code
        return int(answer.headers["upload-offset"]), answer.headers["upload-complete"]

    def append(
        self, url: str, offset: int, content: bytes | Iterator[bytes], complete: str, **headers: str
    ) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        said = {**PART, "Upload-Offset": str(offset), "Upload-Complete": complete, **named}
        return self.request("PATCH", url, said, content)

    def cancel(self, url: str) -> httpx.Response:
        return self.request("DELETE", url, {})

    @contextmanager
    def half_sent(
        self, method: str, url: str, headers: dict[str, str], announced: int, sent: bytes
    ) -> Iterator[socket.socket]:
        """A request that announces more than it sends, and stays on the line."""
        parts = urlsplit(url)
        named = {**self.headers, **headers, "Host": parts.netloc, "Content-Length": str(announced)}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as line:
            line.sendall(f"{method} {parts.path} HTTP/1.1\r\n{head}\r\n".encode() + sent)
            yield line


def piecewise(*pieces: bytes) -> Iterator[bytes]:
    """A body of unknown length: sent in chunks."""
    yield from pieces


def head_from(line: socket.socket) -> tuple[str, dict[str, str]]:
    """The status line and the headers of the next answer, interim or not."""
    came = b""
    while not came.endswith(b"\r\n\r\n"):
        byte = line.recv(1)
        assert byte, f"the line was closed after {came!r}"
        came += byte
    status, *headers = came.decode().strip().split("\r\n")
    return status, {name.lower(): value for name, _, value in (one.partition(": ") for one in headers)}
