"""What an operator's monitoring asks of the deletion clock, in Prometheus's text format."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from prometheus_client import CollectorRegistry, Counter, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from evidence.db.connect import connect
from evidence.media import purging
from evidence.settings import Retention

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

PURGES = Counter(
    "tipline_purges", "Tips deleted, or tried in vain (`locked`, `waits`).", ("outcome",), registry=REGISTRY
)
LATE_OBJECTS = Counter(
    "tipline_purge_late_objects", "Objects found in the store after their tip's end.", registry=REGISTRY
)


class Waiting(Collector):
    """How much is to be deleted, asked of the database at every look."""

    def __init__(self, database_url: str, retention: Retention) -> None:
        self._url = database_url
        self._retention = retention

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; none of them while the database is away, but that it is."""
        reachable = GaugeMetricFamily("tipline_database_up", "Whether this process's database answers.")
        try:
            with connect(self._url) as conn:
                due = len(purging.due(conn, self._retention, 1000))
                begun, since = purging.waiting_since(conn)
        except psycopg.Error:
            reachable.add_metric((), 0)
            yield reachable
            return
        reachable.add_metric((), 1)
        yield reachable
        yield GaugeMetricFamily("tipline_purges_due", "Tips to be deleted now, a thousand at most.", due)
        yield GaugeMetricFamily("tipline_purges_begun", "Deletions begun and not done.", begun)
        age = (datetime.now(UTC) - since).total_seconds() if since else 0.0
        yield GaugeMetricFamily("tipline_purge_oldest_seconds", "How long the oldest has been begun.", age)


@contextmanager
def served(waiting: Waiting, host: str, port: int | None) -> Iterator[None]:
    """Answer scrapes at `http://host:port/metrics` meanwhile; None: answer nobody."""
    if port is None:
        yield
        return
    REGISTRY.register(waiting)
    server, thread = start_http_server(port, host, REGISTRY)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        REGISTRY.unregister(waiting)
