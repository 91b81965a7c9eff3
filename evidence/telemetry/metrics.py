"""What an operator's monitoring asks of each process: Prometheus's text format, on a port of its own.

Labels are stages, lanes, kinds, codes and names of routes: a set that our own code bounds. None is of a tip.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.metadata import version

import psycopg
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from psycopg_pool import PoolClosed, PoolTimeout

from evidence.db.connect import Connection
from evidence.telemetry.settings import Telemetry

Opened = Callable[[], AbstractContextManager[Connection]]
Ask = Callable[[Connection], Iterator[Metric]]

# Seconds. From a disk's cache that answers at once to a line that nobody waits for any more.
QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class _Build(Collector):
    def __init__(self, process: str) -> None:
        self._labels = (process, version("tipline"))

    def collect(self) -> Iterator[Metric]:
        built = GaugeMetricFamily("tipline_build", "Which code runs here.", labels=("process", "version"))
        built.add_metric(self._labels, 1)
        yield built


def new_registry(process: str) -> CollectorRegistry:
    """Return the registry of one kind of process, with what the kernel says of it and which code it runs."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(_Build(process))
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
