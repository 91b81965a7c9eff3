"""What one very large upload does to the memory of the server that takes it in."""

import shutil
from dataclasses import dataclass

from bench.http import Connection
from bench.servers import Server

_PIECE = bytes(1 << 20)
# Besides the upload itself the machine needs room for its life.
_SPARE_BYTES = 5 * 10**9


@dataclass(frozen=True)
class Memory:
    """Memory before and at the peak, in MB, and how many bytes were sent."""

    before_mb: float
    peak_mb: float
    sent: int


def send_very_large(server: Server, length: int) -> Memory:
    """Send `length` bytes, or as many as the disk has room for, looking at the memory after each GB."""
    length = min(length, shutil.disk_usage(server.directory).free - _SPARE_BYTES)
    before = peak = server.resident_bytes()
    with Connection(server.port) as line:
        path = line.create(length)
        line.begin_patch(path, 0, length)
        for sent in range(0, length, len(_PIECE)):
            line.send(_PIECE[: length - sent])
            if sent % (1 << 28) == 0:
                peak = max(peak, server.resident_bytes())
        answer = line.answer()
        assert answer.status == 204, answer
    server.forget()
    return Memory(before / 1e6, peak / 1e6, length)
