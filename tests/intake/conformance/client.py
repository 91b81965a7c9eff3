"""A client of any tus server, by hand: whole requests over httpx, half ones over a socket."""

import base64
import errno
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from tests.intake.conformance.servers import Server
from tests.intake.tus.client import BYTES, TUS

# A phone's patience with one answer. Whoever waits for a lock, or for a dead line, takes longer.
PATIENCE = 20.0

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Tus:
    """Requests to one server; each on a line of its own."""

    server: Server

    def request(self, method: str, url: str, headers: Headers, content: bytes = b"") -> httpx.Response:
        return httpx.request(
            method, url, headers=dict(headers), content=content, timeout=PATIENCE, verify=False
        )

    def post(self, headers: Headers, content: bytes = b"") -> httpx.Response:
        return self.request("POST", self.server.endpoint, {**TUS, **headers}, content)

    def create(self, length: int | None = 10, **headers: str) -> str:
        """Open an upload and return its URL; underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        size = {"Upload-Defer-Length": "1"} if length is None else {"Upload-Length": str(length)}
        return self.address(self.post({**size, **named}))

    def address(self, created: httpx.Response) -> str:
        """The URL of what was created."""
        assert created.status_code == 201, f"{created.status_code} {created.text}"
        return urljoin(self.server.endpoint, created.headers["location"])

    def head(self, url: str) -> httpx.Response:
        return self.request("HEAD", url, TUS)

    def offset(self, url: str) -> int:
        answer = self.head(url)
        assert answer.status_code in (200, 204), answer.status_code
        return int(answer.headers["upload-offset"])

    def patch(self, url: str, offset: int, content: bytes, headers: Headers | None = None) -> httpx.Response:
        said = {**TUS, **BYTES, "Upload-Offset": str(offset), **(headers or {})}
        return self.request("PATCH", url, said, content)

    def delete(self, url: str) -> httpx.Response:
        return self.request("DELETE", url, TUS)


class Line:
    """One connection whose request is sent piece by piece; a context manager that closes it."""

    def __init__(self, method: str, url: str, headers: Headers) -> None:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        plain = socket.create_connection((parts.hostname or "", port), timeout=PATIENCE)
        self.socket = (
            _unverified().wrap_socket(plain, server_hostname=parts.hostname)
            if parts.scheme == "https"
            else plain
        )
        said = "".join(f"{name}: {value}\r\n" for name, value in {**TUS, **headers}.items())
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self.send(f"{method} {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n{said}\r\n".encode())
        self._heard = b""

    @classmethod
    def patching(cls, url: str, offset: int, announced: int, headers: Headers | None = None) -> Self:
        """A PATCH whose body the server is reading by the time this returns."""
        said = {**BYTES, "Upload-Offset": str(offset), "Content-Length": str(announced)}
        line = cls("PATCH", url, {**said, "Expect": "100-continue", **(headers or {})})
        assert line.status() == 100
        return line

    def send(self, content: bytes) -> None:
        self.socket.sendall(content)

    def status(self) -> int | None:
        """The status of the next answer, interim ones included; None where the line ends without one."""
        try:
            while b"\r\n\r\n" not in self._heard:
                piece = self.socket.recv(65536)
                if not piece:
                    return None
                self._heard += piece
        except ConnectionError:
            return None
        head, _, self._heard = self._heard.partition(b"\r\n\r\n")
        return int(head.split()[1])

    def send_late(self, content: bytes) -> None:
        """Send what nobody may want any more, and wait for the line's end."""
        with suppress(ConnectionError):
            self.send(content)
        self.finish()

    def finish(self) -> None:
        """End politely (FIN), and wait until the server has ended as well."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
            while self.socket.recv(65536):
                pass
        except OSError as error:
            # The server may have broken off before.
            if error.errno not in (errno.ENOTCONN, errno.ECONNRESET, errno.EPIPE):
                raise

    def reset(self) -> None:
        """Break off (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()


def _unverified() -> ssl.SSLContext:
    """Whose certificate it is does not matter here, as in `Tus.request`."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def refused(answer: httpx.Response, *statuses: int) -> None:
    """Assert a refusal: by one of the statuses, or by any that puts it down to the client."""
    assert answer.status_code in (statuses or range(400, 500)), f"{answer.status_code} {answer.text}"


def metadata(**pairs: bytes) -> str:
    return ",".join(f"{key} {base64.b64encode(value).decode()}" for key, value in pairs.items())


def pairs_of(header: str) -> dict[str, bytes]:
    """What `Upload-Metadata` says, whatever its order and spaces."""
    split = (pair.strip().partition(" ") for pair in header.split(","))
    return {key: base64.b64decode(value) for key, _, value in split}
