"""What one very large upload does to the memory of the server that takes it in."""

import shutil
from dataclasses import dataclass

from bench.http import Connection
from bench.servers import Server

_PIECE = bytes(1 << 20)
# Besides the upload itself the machine needs room for its life.
_SPARE_BYTES = 5 * 10**9
_LEAST_BYTES = 2 * 10**9


@dataclass(frozen=True)
class Memory:
    """Memory before, after the first GB and at the peak, in MB, and how many bytes were sent.

    Flat is what has its peak in the first GB.
    """

    before_mb: float
    first_mb: float
    peak_mb: float
    sent: int


def send_very_large(server: Server, length: int) -> Memory:
    """Send `length` bytes, or as many as the disk has room for, and look at the memory four times in each GB.

    Raises `RuntimeError` where there is no room for two GB.
    """
    room = shutil.disk_usage(server.directory).free - _SPARE_BYTES
    if room < _LEAST_BYTES:
        raise RuntimeError(f"{server.directory} has no room for a very large upload.")
    length = min(length, room)
    before = first = peak = server.resident_bytes()
    with Connection(server.port) as line:
        path = line.create(length)
        line.begin_patch(path, 0, length)
        for sent in range(0, length, len(_PIECE)):
            line.send(_PIECE[: length - sent])
            if sent % (1 << 28) == 0:
                peak = max(peak, server.resident_bytes())
                first = peak if sent <= 10**9 else first
        answer = line.answer()
        assert answer.status == 204, answer
    server.forget()
    return Memory(before / 1e6, first / 1e6, peak / 1e6, length)
