"""What an operator's monitoring asks of the SMS door: whether every message that was sent to us is here.

In Prometheus's text format, on a port of its own. Nothing in it is of any message, or of anybody.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from evidence.db.connect import Connection
from evidence.telemetry.metrics import new_registry
from evidence.texting.reconciled import Reconciliation, reconciliation

REGISTRY = new_registry("sms")


def texts(conn: Connection) -> Iterator[Metric]:
    """Yield the counts of messages."""
    yield from _counts(reconciliation(conn), datetime.now(UTC))


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
