"""Many small uploads, one after the other on a few connections: what one arrival costs."""

import base64
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from bench.http import BYTES, TUS, Connection
from bench.servers import Server

_PIECE = os.urandom(1024)
_LINES = 16
SECONDS = 8.0


def upload(line: Connection, metadata: str = "", piece: bytes = _PIECE) -> None:
    """Create an upload and send it, of one KiB; at our door a media and a tip exist when this is answered."""
    path = line.create(len(piece), metadata)
    answer = line.ask("PATCH", path, f"{TUS}{BYTES}Upload-Offset: 0\r\n", piece)
    assert answer.status == 204, answer


def tip_and_upload(line: Connection) -> None:
    """Open a tip with a message first, as the page does, and then upload into it."""
    answer = line.ask(
        "POST", "/tips", "Content-Type: application/json\r\n", b'{"what": "A red car", "files": 1}'
    )
    assert answer.status == 201, answer
    token = base64.b64encode(json.loads(answer.body)["token"].encode()).decode()
    upload(line, f"Upload-Metadata: tip {token}\r\n")


def per_second(server: Server, once: Callable[[Connection], None], seconds: float = SECONDS) -> float:
    """Do it again and again on 16 connections for so long, and return how often it was done in a second.

    What was uploaded stays: ext4 passes over inodes that were freed in the last minutes, one by one, so that
    removing it would make whatever is created after it dearer, on both sides.
    """

    def keep_on(_: int) -> int:
        done = 0
        with Connection(server.port) as line:
            while time.monotonic() < until:
                once(line)
                done += 1
        return done

    began = time.monotonic()
    until = began + seconds
    with ThreadPoolExecutor(_LINES) as pool:
        done = sum(pool.map(keep_on, range(_LINES)))
    return done / (time.monotonic() - began)
