"""What an operator's monitoring asks of the SMS door: whether every message that was sent to us is here.

In Prometheus's text format, on a port of its own. Nothing in it is of any message, or of anybody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from psycopg_pool import PoolTimeout

from evidence.db.connect import Pool
from evidence.texting.reconciled import Reconciliation, reconciliation


class Texts(Collector):
    """The messages, asked of the database at every look."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def collect(self) -> Iterator[Metric]:
        """Yield the counts; none of them while the database is away, but that it is."""
        reachable = GaugeMetricFamily("tipline_database_up", "Whether this door's database answers.")
        try:
            with self._pool.connection() as conn:
                counted = reconciliation(conn)
        except (psycopg.Error, PoolTimeout):
            reachable.add_metric((), 0)
            yield reachable
            return
        reachable.add_metric((), 1)
        yield reachable
        yield from _counts(counted, datetime.now(UTC))


def _counts(counted: Reconciliation, now: datetime) -> Iterator[Metric]:
    heard = CounterMetricFamily("tipline_texts", "Messages taken in, by who told of them.", labels=("by",))
    heard.add_metric(("webhook",), counted.told)
    heard.add_metric(("list",), counted.found)
    yield heard
    yield CounterMetricFamily(
        "tipline_texts_reconciled", "Messages seen in the carrier's list or told of, and deleted there.",
        value=counted.settled,
    )  # fmt: skip
    yield CounterMetricFamily(
        "tipline_texts_list_readings", "Readings of the carrier's list that reached its end.",
        value=counted.readings,
    )  # fmt: skip
    oldest_open, oldest_waiting = _since(counted.oldest_open, now), _since(counted.oldest_waiting, now)
    for name, says, value in (
        ("gaps", "Messages in the carrier's list that are not, or not whole, here.", counted.gaps),
        ("open", "Messages that the carrier still has.", counted.open),
        ("waiting", "Texts that are still to go out.", counted.waiting),
        ("words_waiting", "Nine words among them.", counted.words_waiting),
        ("oldest_open_seconds", "How long the oldest open one has been here.", oldest_open),
        ("oldest_waiting_seconds", "How long the oldest has been due.", oldest_waiting),
    ):  # fmt: skip
        yield GaugeMetricFamily(f"tipline_texts_{name}", says, value=value)
    if counted.finished_at:  # never read is no age
        yield GaugeMetricFamily(
            "tipline_texts_list_age_seconds", "Since the carrier's list was last read whole.",
            value=_since(counted.finished_at, now),
        )  # fmt: skip


def _since(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0


@contextmanager
def served(pool: Pool, host: str, port: int | None) -> Iterator[None]:
    """Answer scrapes at `http://host:port/metrics` meanwhile; None: answer nobody."""
    if port is None:
        yield
        return
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(Texts(pool))
    server, thread = start_http_server(port, host, registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
