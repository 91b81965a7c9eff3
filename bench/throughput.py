"""One large upload: how fast, and at what cost in CPU time."""

import time
from dataclasses import dataclass
from pathlib import Path

from bench.http import Connection
from bench.servers import Server

GIB = 1 << 30


@dataclass(frozen=True)
class Throughput:
    """`rate` in MiB/s, `cost` in the server's CPU-seconds per GiB."""

    rate: float
    cost: float


def send_large(server: Server, source: Path, length: int) -> Throughput:
    """Send `length` bytes of a file in one PATCH, and take the time until it is acknowledged."""
    with source.open("rb") as file, Connection(server.port) as connection:
        path = connection.create(length)
        cpu, began = server.cpu_seconds(), time.perf_counter()
        connection.begin_patch(path, 0, length)
        connection.send_file(file, length)
        answer = connection.answer()
        seconds = time.perf_counter() - began
        assert answer.status == 204, answer
        spent = server.cpu_seconds() - cpu
    server.forget()
    return Throughput(length / seconds / 2**20, spent / (length / GIB))
