"""What an operator's monitoring asks of the deletion clock, in Prometheus's text format."""

from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from evidence.db.connect import Connection
from evidence.media import purging
from evidence.settings import Retention
from evidence.telemetry.metrics import Ask, from_nothing, new_registry

REGISTRY = new_registry("expire")

PURGES = Counter(
    "tipline_purges", "Tips deleted, or tried in vain (`locked`, `waits`).", ("outcome",), registry=REGISTRY
)
from_nothing(PURGES, ("locked",), ("waits",))
LATE_OBJECTS = Counter(
    "tipline_purge_late_objects", "Objects found in the store after their tip's end.", registry=REGISTRY
)


def waiting(retention: Retention) -> Ask:
    """Return what asks how much is to be deleted."""

    def ask(conn: Connection) -> Iterator[Metric]:
        due = len(purging.due(conn, retention, 1000))
        begun, since = purging.waiting_since(conn)
        yield GaugeMetricFamily("tipline_purges_due", "Tips to be deleted now, a thousand at most.", due)
        yield GaugeMetricFamily("tipline_purges_begun", "Deletions begun and not done.", begun)
        age = (datetime.now(UTC) - since).total_seconds() if since else 0.0
        yield GaugeMetricFamily("tipline_purge_oldest_seconds", "How long the oldest has been begun.", age)

    return ask
