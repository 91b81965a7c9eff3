"""What an operator's monitoring asks of a worker, in Prometheus's text format, on a port of its own.

Labels are stages, lanes, kinds and codes: nothing of any tip.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from evidence.db.connect import Connection
from evidence.ledger.lag import lag
from evidence.media.media import STAGES
from evidence.media.overview import load, set_aside_count
from evidence.telemetry.metrics import from_nothing, new_registry

REGISTRY = new_registry("worker")

STAGE_SECONDS = Histogram(
    "tipline_stage_seconds",
    "Time a stage took for one media, whatever the outcome.",
    ("stage", "outcome"),
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
    registry=REGISTRY,
)
# What an alert waits for. Bytes that are not those that came are found where they are read.
from_nothing(STAGE_SECONDS, ("seal", "leaves_mismatch"), ("seal", "spool_missing"))
for _stage in STAGES[:-1]:
    from_nothing(STAGE_SECONDS, (_stage, "failed"), (_stage, "tool_failed"), (_stage, "original_altered"))

BYTES_SEALED = Counter("tipline_sealed_bytes", "Bytes of originals sealed.", registry=REGISTRY)
BYTES_DERIVED = Counter(
    "tipline_derived_bytes", "Bytes of copies put into the store.", ("kind",), registry=REGISTRY
)


def waiting(conn: Connection) -> Iterator[Metric]:
    """Yield how much is due at each stage."""
    due = GaugeMetricFamily("tipline_media_waiting", "Media due that no worker has.", labels=("stage",))
    working = GaugeMetricFamily("tipline_media_working", "Media that a worker has.", labels=("stage",))
    oldest = GaugeMetricFamily(
        "tipline_oldest_seconds", "How long the oldest has been due.", labels=("stage",)
    )
    now = datetime.now(UTC)
    for stage in load(conn):
        due.add_metric((stage.stage,), stage.waiting)
        working.add_metric((stage.stage,), stage.working)
        age = (now - stage.oldest_due_since).total_seconds() if stage.oldest_due_since else 0.0
        oldest.add_metric((stage.stage,), age)
    yield from (due, working, oldest)


def set_aside(conn: Connection) -> Iterator[Metric]:
    """Yield how many media are quarantined, by why."""
    found = GaugeMetricFamily("tipline_media_set_aside", "Media set aside, by why.", labels=("code",))
    for code, count in set_aside_count(conn).items():
        found.add_metric((code,), count)
    yield found


def unwitnessed(conn: Connection) -> Iterator[Metric]:
    """Yield how far the signed heads are behind the ledger, and their copies behind them."""
    behind = lag(conn)
    age = (datetime.now(UTC) - behind.unsigned_since).total_seconds() if behind.unsigned_since else 0.0
    yield GaugeMetricFamily(
        "tipline_ledger_unsigned_seconds", "How long the oldest entry waits for a signed head.", value=age
    )
    yield GaugeMetricFamily(
        "tipline_checkpoints_uncopied", "Signed heads that the locked bucket lacks.", value=behind.uncopied
    )
