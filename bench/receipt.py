"""Nine words tried at the door: how long right, wrong and mistyped ones take, in turn."""

import json
import random
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.http import Connection
from bench.servers import Server
from evidence.thread import Receipt

_FORM = "Content-Type: application/x-www-form-urlencoded\r\n"


@dataclass(frozen=True)
class Tries:
    """Milliseconds from the first byte of each request to the last of its answer, sorted."""

    right: list[float]
    wrong: list[float]
    mistyped: list[float]

    def told(self) -> str:
        """Medians and 95th percentiles, in this order."""
        return ", ".join(
            f"{_at(side, 0.5):.1f}/{_at(side, 0.95):.1f}" for side in (self.right, self.wrong, self.mistyped)
        )


def try_words(server: Server, rounds: int) -> Tries:
    """Open one tip with its words, with others and with none that could be any, shuffled in every round."""
    taken: dict[str, list[float]] = {"right": [], "wrong": [], "mistyped": []}
    with Connection(server.port) as line:
        opened = line.ask("POST", "/tips", "Content-Type: application/json\r\n", b'{"what": "A red car"}')
        right = json.loads(opened.body)["receipt"]
        for _ in range(rounds):
            tries = [("right", right), ("wrong", Receipt.new().words), ("mistyped", f"{right} x")]
            random.shuffle(tries)
            for kind, words in tries:
                body = urlencode({"words": words}).encode()
                began = time.perf_counter()
                answer = line.ask("POST", "/r", _FORM, body)
                taken[kind].append(1000 * (time.perf_counter() - began))
                assert answer.status == (200 if kind == "right" else 404), answer
    return Tries(*(sorted(taken[kind]) for kind in ("right", "wrong", "mistyped")))


def _at(taken: list[float], share: float) -> float:
    return taken[min(int(share * len(taken)), len(taken) - 1)]
