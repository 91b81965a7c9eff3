"""What an operator's monitoring asks of each process: Prometheus's text format, on a port of its own.

Labels are stages, lanes, kinds, codes and names of routes: a set that our own code bounds. None is of a tip.
"""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from psycopg_pool import PoolClosed, PoolTimeout

from evidence.db.connect import Connection
from evidence.telemetry.settings import Telemetry
from evidence.version import VERSION

Opened = Callable[[], AbstractContextManager[Connection]]
Ask = Callable[[Connection], Iterator[Metric]]

_KIBIBYTE = 1024


class _Process(Collector):
    """What a process knows of itself: Prometheus's own collector reads /proc, which is barred."""

    def __init__(self, process: str) -> None:
        self._labels = (process, VERSION)
        self._began = time.time()

    def collect(self) -> Iterator[Metric]:
        built = GaugeMetricFamily("tipline_build", "Which code runs here.", labels=("process", "version"))
        built.add_metric(self._labels, 1)
        yield built
        used = resource.getrusage(resource.RUSAGE_SELF)
        yield CounterMetricFamily(
            "process_cpu_seconds", "Of a processor.", value=used.ru_utime + used.ru_stime
        )
        yield GaugeMetricFamily("process_start_time_seconds", "Since 1970.", value=self._began)
        yield GaugeMetricFamily(
            "tipline_memory_peak_bytes", "The most memory it has had.", value=used.ru_maxrss * _KIBIBYTE
        )


def from_nothing(metric: Counter | Histogram, *labels: tuple[str, ...]) -> None:
    """Tell 0 for each of `labels` from the start.

    Prometheus reckons a rise from the first value that it sees: what begins with a burst would never rise.
    """
    for values in labels:
        metric.labels(*values)


def new_registry(process: str) -> CollectorRegistry:
    """Return the registry of one kind of process, with what the kernel says of it and which code it runs."""
    registry = CollectorRegistry()
    registry.register(_Process(process))
    return registry


class Asked(Collector):
    """Gauges that are asked of the database at every look: none while it is away, but that it is."""

    def __init__(self, opened: Opened, *asks: Ask) -> None:
        self._opened = opened
        self._asks = asks

    def describe(self) -> list[Metric]:
        """Say nothing, so that to register it asks nobody."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield `tipline_database_up`, and what was answered as a whole."""
        reachable = GaugeMetricFamily("tipline_database_up", "Whether this process's database answers.")
        found: list[Metric] = []
        try:
            with self._opened() as conn:
                for ask in self._asks:
                    found.extend(ask(conn))
        except (psycopg.Error, PoolTimeout, PoolClosed):
            reachable.add_metric((), 0)
            yield reachable
            return
        reachable.add_metric((), 1)
        yield reachable
        yield from found


def alone(conn: Connection) -> Iterator[Metric]:
    """Ask the database for nothing but an answer."""
    conn.execute("SELECT 1")
    yield from ()


@contextmanager
def served(registry: CollectorRegistry, telemetry: Telemetry, *collectors: Collector) -> Iterator[None]:
    """Answer scrapes at `http://host:port/metrics` meanwhile, `collectors` among them, if there is a port."""
    if telemetry.metrics_port is None:
        yield
        return
    for collector in collectors:
        registry.register(collector)
    server, thread = start_http_server(telemetry.metrics_port, telemetry.metrics_host, registry)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        for collector in collectors:
            registry.unregister(collector)
