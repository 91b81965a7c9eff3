"""Writes the Grafana dashboard: `python infra/observability/grafana/make.py`.

A dashboard's JSON is no text to be read or reviewed; this is. A test holds the two together.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent / "dashboards" / "tipline.json"
_SOURCE = {"type": "prometheus", "uid": "tipline-prometheus"}
_WIDTH, _HEIGHT = 24, 7

Query = tuple[str, str]
"""An expression, and what each line is called: text with `{{label}}`."""
Panel = tuple[str, str, Sequence[Query]]
"""A title, a unit of Grafana's, and queries."""


def _quantile(share: float, by: str, buckets: str) -> str:
    return f"histogram_quantile({share}, sum by ({by}) (rate({buckets})))"


# In the order in which a person looks: is it up, do citizens get through, is it sealed, do staff see it.
ROWS: Sequence[tuple[str, Sequence[Panel]]] = [
    ("Is it up?", [
        ("Processes that answer", "none", [('up{job="tipline"}', "{{process}}")]),
        ("Reaches the database", "none", [("min by (process) (tipline_database_up)", "{{process}}")]),
        ("Version", "none", [("sum by (process, version) (tipline_build)", "{{process}} {{version}}")]),
        ("Memory, at most", "bytes", [("max by (process) (tipline_memory_peak_bytes)", "{{process}}")]),
    ]),
    ("Citizens", [
        ("Tips and uploads a minute", "none", [
            ("60 * sum(rate(tipline_tips_opened_total[5m]))", "tips with words"),
            ("60 * sum(rate(tipline_uploads_received_total[5m]))", "files that arrived"),
        ]),
        ("Coming in at this moment", "none", [
            ("sum(tipline_uploads_under_way)", "uploads"),
            ("sum(tipline_live_senders)", "broadcasts"),
        ]),
        ("Bytes taken", "Bps", [("sum(rate(tipline_upload_bytes_total[5m]))", "bytes")]),
        ("Refused a minute, by why", "none", [
            ("60 * sum by (code) (rate(tipline_refusals_total[5m])) > 0", "{{code}}"),
        ]),
        ("Lost to a newer request, a minute", "none", [
            ("60 * sum(rate(tipline_upload_takeovers_total[5m]))", "phones that came back"),
        ]),
        ("Until the spool's disk has it", "s", [
            (_quantile(0.5, "le", "tipline_spool_sync_seconds_bucket[5m]"), "half of all"),
            (_quantile(0.99, "le", "tipline_spool_sync_seconds_bucket[5m]"), "99 of 100"),
        ]),
        ("Free on the spool's disk", "bytes", [
            ("min(tipline_spool_free_bytes)", "free"), ("max(tipline_spool_reserve_bytes)", "reserve"),
        ]),
    ]),
    ("The pipeline", [
        ("Waiting, by stage", "none", [("max by (stage) (tipline_media_waiting)", "{{stage}}")]),
        ("The oldest has been due for", "s", [("max by (stage) (tipline_oldest_seconds)", "{{stage}}")]),
        ("A stage takes (95 of 100)", "s", [
            (_quantile(0.95, "stage, le", "tipline_stage_seconds_bucket[30m]"), "{{stage}}"),
        ]),
        ("Outcomes other than done, an hour", "none", [
            ('sum by (stage, outcome) (increase(tipline_stage_seconds_count{outcome!="done"}[1h])) > 0',
             "{{stage}} {{outcome}}"),
        ]),
        ("Into the store", "Bps", [
            ("sum(rate(tipline_sealed_bytes_total[5m]))", "originals"),
            ("sum by (kind) (rate(tipline_derived_bytes_total[5m]))", "{{kind}}"),
        ]),
        ("Set aside", "none", [("max by (code) (tipline_media_set_aside)", "{{code}}")]),
    ]),
    ("Promises", [
        ("The oldest entry without a signed head", "s", [("max(tipline_ledger_unsigned_seconds)", "age")]),
        ("Deletions", "none", [
            ("max(tipline_purges_due)", "due"), ("max(tipline_purges_begun)", "begun"),
            ("sum by (outcome) (increase(tipline_purges_total[1d]))", "a day: {{outcome}}"),
        ]),
        ("Texts", "none", [
            ("max(tipline_texts_gaps)", "missing"), ("max(tipline_texts_waiting)", "still to go out"),
            ("max(tipline_texts_open)", "still at the carrier"),
        ]),
        ("The carrier's list was read", "s", [("max(tipline_texts_list_age_seconds)", "ago")]),
    ]),
    ("Staff", [
        ("Open pages, viewers of broadcasts", "none", [
            ("sum(tipline_console_listeners)", "pages"), ("sum(tipline_console_live_viewers)", "viewers"),
        ]),
        ("Requests a minute", "none", [
            ("60 * sum by (route) (rate(tipline_console_requests_total[5m])) > 0", "{{route}}"),
        ]),
        ("Not as they should be, a minute", "none", [
            ('60 * sum by (route, status) (rate(tipline_console_requests_total{status=~"[45].."}[5m])) > 0',
             "{{route}} {{status}}"),
        ]),
        ("Sign-ins an hour", "none", [
            ("sum by (by) (increase(tipline_console_sign_ins_total[1h]))", "{{by}}"),
            ("sum by (by) (increase(tipline_console_sign_ins_refused_total[1h]))", "refused: {{by}}"),
        ]),
    ]),
]  # fmt: skip


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana reads it."""
    return {
        "uid": "tipline",
        "title": "Tipline",
        "tags": ["tipline"],
        "schemaVersion": 41,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "panels": list(_panels()),
    }


def _panels() -> Any:
    number, y = 0, 0
    for title, panels in ROWS:
        number += 1
        yield {"id": number, "type": "row", "title": title, "collapsed": False,
               "gridPos": {"x": 0, "y": y, "w": _WIDTH, "h": 1}, "panels": []}  # fmt: skip
        y += 1
        wide = _WIDTH // min(4, len(panels))
        for place, panel in enumerate(panels):
            number += 1
            column = place % (_WIDTH // wide)
            if place and column == 0:
                y += _HEIGHT
            yield _panel(number, panel, {"x": column * wide, "y": y, "w": wide, "h": _HEIGHT})
        y += _HEIGHT


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    title, unit, queries = panel
    return {
        "id": number,
        "type": "timeseries",
        "title": title,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0, "custom": {"fillOpacity": 8}}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {"refId": "ABCDEF"[index], "datasource": _SOURCE, "expr": expression, "legendFormat": called}
            for index, (expression, called) in enumerate(queries)
        ],
    }


def written() -> str:
    """Return the file's text."""
    return json.dumps(dashboard(), indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(written())
