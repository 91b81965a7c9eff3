"""Who asks what of the store: a proxy before it that reads the head of each request and passes it on."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

_CREDENTIAL = re.compile(rb"Credential=([^/]+)/")
_PIECE = 1 << 16


@dataclass(frozen=True)
class Asked:
    """One request: whose credentials signed it, its method, bucket, key, query and headers (lower case)."""

    access_key: str
    method: str
    bucket: str
    key: str
    query: frozenset[str]
    headers: dict[str, str] = field(hash=False)


@dataclass
class Recorder:
    """What was asked so far, and how often the store refused for want of a right (403)."""

    asked: list[Asked] = field(default_factory=list)
    refused: list[Asked] = field(default_factory=list)

    def read(self, head: bytes) -> tuple[Asked, int]:
        """Note a request by its head; return it, and how many bytes of body follow."""
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        address = urlsplit(target)
        bucket, _, key = address.path.lstrip("/").partition("/")
        signed = _CREDENTIAL.search(head)
        query = frozenset(parse_qs(address.query, keep_blank_values=True))
        asked = Asked(signed[1].decode() if signed else "", method, bucket, key, query, headers)
        assert "transfer-encoding" not in headers, "a body whose length nobody said"
        self.asked.append(asked)
        return asked, int(headers.get("content-length", 0))


@contextmanager
def recording(store: tuple[str, int]) -> Iterator[tuple[str, Recorder]]:
    """Run the proxy before `store` (host and port); yield its own address and what it recorded."""
    recorder = Recorder()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening, store, recorder), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", recorder
        finally:
            listening.shutdown(socket.SHUT_RDWR)


def _serve(listening: socket.socket, store: tuple[str, int], recorder: Recorder) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:  # shut: the test is over
            return
        threading.Thread(target=_carry, args=(client, store, recorder), daemon=True).start()


def _carry(client: socket.socket, store: tuple[str, int], recorder: Recorder) -> None:
    with client, socket.create_connection(store) as upstream, client.makefile("rb") as requests:
        latest: list[Asked] = []
        answers = threading.Thread(target=_answer, args=(upstream, client, recorder, latest), daemon=True)
        answers.start()
        try:
            while head := b"".join(iter(requests.readline, b"\r\n")):
                asked, length = recorder.read(head)
                latest[:] = [asked]
                upstream.sendall(head + b"\r\n")
                while length > 0 and (piece := requests.read1(min(length, _PIECE))):
                    upstream.sendall(piece)
                    length -= len(piece)
            upstream.shutdown(socket.SHUT_WR)
        except OSError:  # one of the two went away, as a killed process does
            return
        finally:
            answers.join(5)


def _answer(upstream: socket.socket, client: socket.socket, recorder: Recorder, latest: list[Asked]) -> None:
    try:
        while piece := upstream.recv(_PIECE):
            if piece.startswith(b"HTTP/1.1 403"):
                recorder.refused.extend(latest)
            client.sendall(piece)
        client.shutdown(socket.SHUT_WR)
    except OSError:
        return
