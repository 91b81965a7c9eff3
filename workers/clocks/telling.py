"""How much waits, told to CloudWatch, so that AWS starts workers by it.

Nothing is sent: the worker's output goes to CloudWatch anyhow, which takes a line of this shape for metrics
(docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
Every worker tells the same, and the greatest counts.
"""

import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TextIO

from evidence.db.connect import Connection
from evidence.media.overview import StageLoad, load

_METRICS = (("oldest_seconds", "Seconds"), ("media_waiting", "Count"), ("media_working", "Count"))


def tell(installation: str, out: TextIO | None = None) -> Callable[[Connection], None]:
    """A tick that writes one line to `out`, standard output by itself; it names no tip."""

    def tick(conn: Connection) -> None:
        line = json.dumps(embedded(installation, load(conn), datetime.now(UTC)))
        (out or sys.stdout).write(line + "\n")
        (out or sys.stdout).flush()

    return tick


def embedded(installation: str, loads: Sequence[StageLoad], now: datetime) -> dict[str, object]:
    """What waits over all stages, and for how long the oldest has, in CloudWatch's embedded metric format."""
    ages = [(now - stage.oldest_due_since).total_seconds() for stage in loads if stage.oldest_due_since]
    return {
        "_aws": {
            "Timestamp": int(now.timestamp() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": "Tipline",
                    "Dimensions": [["installation"]],
                    "Metrics": [{"Name": name, "Unit": unit} for name, unit in _METRICS],
                }
            ],
        },
        "installation": installation,
        "oldest_seconds": max(0.0, *ages) if ages else 0.0,
        "media_waiting": sum(stage.waiting for stage in loads),
        "media_working": sum(stage.working for stage in loads),
    }
