"""How long the door takes over nine words: right ones, such as open nothing, and what are no such words."""

import json
import random
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.http import Connection
from bench.servers import Server
from evidence.thread import Receipt

_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
_JSON = "Content-Type: application/json\r\n"


@dataclass(frozen=True)
class Asked:
    """Milliseconds of each try, by what was typed."""

    right: list[float]
    wrong: list[float]
    mistyped: list[float]


def ask_for_threads(server: Server, rounds: int) -> Asked:
    """Open a tip for each round; then type its words, others, and nonsense, in an order that is drawn."""
    with Connection(server.port) as line:
        words = [_open_tip(line) for _ in range(rounds)]
        asked = Asked([], [], [])
        tries = [
            *((asked.right, right) for right in words),
            *((asked.wrong, Receipt.new().words) for _ in words),
            *((asked.mistyped, f"{right} zebra") for right in words),
        ]
        random.shuffle(tries)
        for kind, typed in tries:
            kind.append(_milliseconds(line, typed, 200 if kind is asked.right else 404))
    return asked


def _open_tip(line: Connection) -> str:
    answer = line.ask("POST", "/tips", _JSON, b'{"what": "A red car"}')
    assert answer.status == 201, answer
    return str(json.loads(answer.body)["receipt"])


def _milliseconds(line: Connection, words: str, status: int) -> float:
    body = urlencode({"words": words}).encode()
    began = time.perf_counter()
    answer = line.ask("POST", "/r", _FORM, body)
    took = time.perf_counter() - began
    assert answer.status == status, answer
    return 1000 * took
