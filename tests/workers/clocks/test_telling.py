"""What CloudWatch reads in a worker's output."""

import io
import json
from datetime import UTC, datetime, timedelta

from evidence.media.overview import StageLoad
from tests.conftest import Database
from workers.clocks.telling import embedded, tell

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_the_oldest_of_all_stages_is_told() -> None:
    loads = [
        StageLoad("seal", 2, 1, NOW - timedelta(seconds=5)),
        StageLoad("preview", 3, 0, NOW - timedelta(seconds=90)),
        StageLoad("inspect", 0, 0, None),
    ]
    told = embedded("town", loads, NOW)
    assert (told["oldest_seconds"], told["media_waiting"], told["media_working"]) == (90.0, 5, 1)


def test_a_tick_writes_one_line_in_which_each_metric_has_a_value(database: Database) -> None:
    out = io.StringIO()
    with database.as_role("worker") as conn:
        tell("town", out)(conn)
    told = json.loads(out.getvalue())
    (metrics,) = told["_aws"]["CloudWatchMetrics"]
    assert metrics["Dimensions"] == [["installation"]]
    assert told["installation"] == "town"
    assert {metric["Name"]: told[metric["Name"]] for metric in metrics["Metrics"]} == {
        "oldest_seconds": 0.0,
        "media_waiting": 0,
        "media_working": 0,
    }
    assert told["_aws"]["Timestamp"] > NOW.timestamp()
