"""What an operator's monitoring asks of a worker, in Prometheus's text format, on a port of its own.

Labels are stages, lanes, kinds and codes: nothing of any tip.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from psycopg_pool import PoolTimeout

from evidence.db.connect import Pool
from evidence.media.overview import load

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

STAGE_SECONDS = Histogram(
    "tipline_stage_seconds",
    "Time a stage took for one media, whatever the outcome.",
    ("stage", "outcome"),
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
    registry=REGISTRY,
)
BYTES_SEALED = Counter("tipline_sealed_bytes", "Bytes of originals sealed.", registry=REGISTRY)
BYTES_DERIVED = Counter(
    "tipline_derived_bytes", "Bytes of copies put into the store.", ("kind",), registry=REGISTRY
)


class Waiting(Collector):
    """How much is due at each stage, asked of the database at every look."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; none of them while the database is away, but that it is."""
        reachable = GaugeMetricFamily("tipline_database_up", "Whether this worker's database answers.")
        try:
            with self._pool.connection() as conn:
                loads = load(conn)
        except (psycopg.Error, PoolTimeout):
            reachable.add_metric((), 0)
            yield reachable
            return
        reachable.add_metric((), 1)
        yield reachable
        waiting = GaugeMetricFamily(
            "tipline_media_waiting", "Media due that no worker has.", labels=("stage",)
        )
        working = GaugeMetricFamily("tipline_media_working", "Media that a worker has.", labels=("stage",))
        oldest = GaugeMetricFamily(
            "tipline_oldest_seconds", "How long the oldest has been due.", labels=("stage",)
        )
        now = datetime.now(UTC)
        for stage in loads:
            waiting.add_metric((stage.stage,), stage.waiting)
            working.add_metric((stage.stage,), stage.working)
            age = (now - stage.oldest_due_since).total_seconds() if stage.oldest_due_since else 0.0
            oldest.add_metric((stage.stage,), age)
        yield from (waiting, working, oldest)


@contextmanager
def served(pool: Pool, host: str, port: int | None) -> Iterator[None]:
    """Answer scrapes at `http://host:port/metrics` meanwhile; None: answer nobody."""
    if port is None:
        yield
        return
    waiting = Waiting(pool)
    REGISTRY.register(waiting)
    server, thread = start_http_server(port, host, REGISTRY)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        REGISTRY.unregister(waiting)
