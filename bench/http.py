"""A sender that costs next to nothing, so that what is measured is the server."""

import socket
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import urlsplit

from tipline.up.ports import LOOPBACK

_PATIENCE_SECONDS = 120.0
TUS = "Tus-Resumable: 1.0.0\r\n"
BYTES = "Content-Type: application/offset+octet-stream\r\n"


@dataclass(frozen=True)
class Answer:
    """A status, headers by lower-case name, and a body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """One HTTP/1.1 connection, kept alive; a context manager that closes it."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((LOOPBACK, port), timeout=_PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""

    def create(self, length: int, more: str = "") -> str:
        """Open an upload, with `more` headers, and return its path."""
        answer = self.ask("POST", "/files/", f"{TUS}Upload-Length: {length}\r\n{more}")
        assert answer.status == 201, answer
        return urlsplit(answer.headers["location"]).path

    def begin_patch(self, path: str, offset: int, length: int) -> None:
        """Send the head of a PATCH; its body is the caller's to send."""
        head = f"{TUS}{BYTES}Upload-Offset: {offset}\r\nContent-Length: {length}\r\n"
        self.send(f"PATCH {path} HTTP/1.1\r\nHost: bench\r\n{head}\r\n".encode())

    def send(self, piece: bytes) -> None:
        """Send bytes as they are."""
        self._socket.sendall(piece)

    def send_file(self, source: BinaryIO, length: int) -> None:
        """Send the first `length` bytes of a file, copied by the kernel."""
        self._socket.sendfile(source, count=length)

    def ask(self, method: str, path: str, headers: str = TUS, body: bytes = b"") -> Answer:
        """Send a request and return what is answered."""
        size = f"Content-Length: {len(body)}\r\n" if body or method == "POST" else ""
        self.send(f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{headers}{size}\r\n".encode() + body)
        return self.answer(bodiless=method == "HEAD")

    def answer(self, *, bodiless: bool = False) -> Answer:
        """Read one answer."""
        head = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        headers = {}
        for line in head[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Answer(int(head[0].split(" ")[1]), headers, b"" if bodiless else self._body(headers))

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return self._read(int(headers.get("content-length", "0")))
        body = b""
        while (size := int(self._read_until(b"\r\n"), 16)) > 0:
            body += self._read(size + 2)[:size]
        self._read_until(b"\r\n")
        return body

    def _read_until(self, end: bytes) -> bytes:
        while end not in self._unread:
            self._receive()
        found, _, self._unread = self._unread.partition(end)
        return found

    def _read(self, count: int) -> bytes:
        while len(self._unread) < count:
            self._receive()
        found, self._unread = self._unread[:count], self._unread[count:]
        return found

    def _receive(self) -> None:
        piece = self._socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        self._unread += piece

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
