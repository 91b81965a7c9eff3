"""One Postgres as a queue: processors, and a log that is written in turns. How many tips a second it bears.

Commits arrive at random (Poisson). Each takes a processor for a while; then it waits for the log. One write
of the log is under way at a time; it takes along every commit that waits, but of those that notify one only,
as Postgres has it (bench/ceiling.py). It is a model: no lock of a row, no vacuum, no cache that is too small;
what it gives is what the machine allows at most. Its seed is fixed: the same figures, the same answer.
"""

import heapq
import random
import statistics
from collections import deque
from dataclasses import dataclass

from bench.ceiling import Cost

BEARABLE_MS = 100.0
"""The 99th of a hundred commits waits no longer; above that, what people wait for is felt to wait."""
_COMMITS = 12_000
_WARM = _COMMITS // 10
_STEPS = 12


@dataclass(frozen=True)
class Machine:
    """Processors; milliseconds that one write of the log takes; bytes a second that it takes."""

    name: str
    cores: int
    flush_ms: float
    log_bytes_per_second: float


def p99_ms(cost: Cost, machine: Machine, tips_per_second: float) -> float:
    """Return how long the 99th of a hundred commits takes, in milliseconds, at so many tips a second."""
    draw = random.Random(1)
    rate = tips_per_second * cost.commits
    each_cpu, each_log = cost.cpu_seconds / cost.commits, cost.wal_bytes / cost.commits
    share = min(1.0, cost.notifying / cost.commits)
    at, arrivals = 0.0, []
    free = [0.0] * machine.cores
    for _ in range(_COMMITS):
        at += draw.expovariate(rate)
        # Processors first: whoever came first takes the one that is free first.
        begins = max(at, heapq.heappop(free))
        ends = begins + draw.expovariate(1 / each_cpu)
        heapq.heappush(free, ends)
        arrivals.append((ends, at, draw.random() < share))
    arrivals.sort()
    took = _through_the_log(deque(arrivals), machine, each_log)
    return 1000 * statistics.quantiles(took[_WARM:], n=100)[98]


def _through_the_log(
    coming: deque[tuple[float, float, bool]], machine: Machine, each_log: float
) -> list[float]:
    plain: list[float] = []
    notifying: deque[float] = deque()
    took, now = [], 0.0
    while coming or plain or notifying:
        if not plain and not notifying:
            now = max(now, coming[0][0])
        while coming and coming[0][0] <= now:
            _, began, notifies = coming.popleft()
            if notifies:
                notifying.append(began)
            else:
                plain.append(began)
        written = [*plain, *([notifying.popleft()] if notifying else [])]
        plain = []
        now += machine.flush_ms / 1000 + len(written) * each_log / machine.log_bytes_per_second
        took += [now - began for began in written]
    return took


def ceiling(cost: Cost, machine: Machine) -> float:
    """Return the most tips a second at which a commit still takes no longer than is bearable."""
    low, high = 0.0, 2.0 / (cost.cpu_seconds / machine.cores)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if p99_ms(cost, machine, middle) <= BEARABLE_MS:
            low = middle
        else:
            high = middle
    return low


def without_notifying(cost: Cost) -> Cost:
    """The same tips, if nothing told the console as it happens, or it were told in another way."""
    return Cost(cost.commits, 0.0, cost.wal_bytes, cost.database_bytes, cost.cpu_seconds)
