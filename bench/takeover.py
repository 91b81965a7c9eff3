"""A phone comes back with a new connection, while the server still holds the old one."""

import os
import statistics
import time

from bench.http import Connection
from bench.servers import Server

_PIECE = os.urandom(65536)
_LENGTH = 1 << 30
TIMES = 50


def take_over(server: Server, times: int = TIMES) -> float:
    """Return the seconds until a hung PATCH's offset is told to a newer request (the median)."""
    took = []
    with Connection(server.port) as phone:
        for _ in range(times):
            path = phone.create(_LENGTH)
            with Connection(server.port) as hung:
                hung.begin_patch(path, 0, _LENGTH)
                hung.send(_PIECE)
                began = time.perf_counter()
                answer = phone.ask("HEAD", path)
                took.append(time.perf_counter() - began)
                assert answer.status == 200, answer
    server.forget()
    return statistics.median(took)
