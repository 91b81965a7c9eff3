"""A running installation: looked over whole, and asked for every metric that an alert or a panel names."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
from PIL import Image

from tests.collector import Collector, collecting
from tests.infra.observability.expressions import asked
from tests.intake.tus.client import Tus
from tests.scraping import Scrape, scrape
from tests.tipline.up.conftest import UP, Running, is_up, started
from tests.waiting import eventually
from tipline.up.ports import free_ports

PROCESSES = ("intake", "console", "sms", "expire", "worker")
# What Prometheus itself says of a scrape, and adds to what it scraped.
PROMETHEUS_OWN, ADDED = {"up"}, {"job", "instance", "process"}


@dataclass(frozen=True)
class Seen:
    """What runs, and where each process is scraped."""

    running: Running
    ports: dict[str, int]
    collector: Collector

    def doctor(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        """Call the doctor; the exit status and the findings."""
        done = subprocess.run(
            [sys.executable, "-c", UP, "doctor", "--json", "--data", str(self.running.data), *words],
            env={**os.environ}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    def answers(self) -> bool:
        """Whether all of them do: those that are no doors come up by themselves."""
        try:
            return bool(self.scraped())
        except URLError:
            return False

    def scraped(self) -> dict[str, Scrape]:
        return {name: scrape(port) for name, port in self.ports.items()}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    ports = free_ports(PROCESSES)
    told = {f"TIPLINE_{name.upper()}_METRICS_PORT": str(port) for name, port in ports.items()}
    with collecting() as collector:
        told |= {"TIPLINE_OTLP_ENDPOINT": collector.url, "TIPLINE_OTLP_DOORS": "on"}
        with started(tmp_path_factory.mktemp("seen") / "var", **told) as running:
            eventually(lambda: is_up(running), "it says where it is")
            seen = Seen(running, ports, collector)
            eventually(seen.answers, "every process answers Prometheus")
            yield seen


def test_all_is_well_and_where_it_is_not_the_doctor_says_what_to_do(seen: Seen) -> None:
    status, findings = seen.doctor()
    faults = [finding for finding in findings if finding["level"] == "fault"]
    assert (status, faults) == (0, [])
    assert {finding["check"] for finding in findings} >= {
        "processes", "version", "ready", "database", "sandbox", "confinement", "proxy", "metrics", "secrets",
        "disk", "spool", "backup", "migrations", "rights", "clock", "jobs", "stages", "quarantine", "ledger",
        "texts", "deletion", "store", "lock", "checkpoint",
    }  # fmt: skip
    assert sum(finding["check"] == "ready" for finding in findings) == 3
    assert all(bool(finding["do"]) == (finding["level"] != "ok") for finding in findings)


def test_what_is_broken_is_a_fault_and_all_else_is_looked_at_all_the_same(seen: Seen, tmp_path: Path) -> None:
    secret = seen.running.data / "secrets/vault-key"
    secret.chmod(0o644)
    try:
        status, findings = seen.doctor("--backups", str(tmp_path))
    finally:
        secret.chmod(0o600)
    faults = {finding["check"] for finding in findings if finding["level"] == "fault"}
    assert (status, faults) == (1, {"secrets", "backup"})
    assert sum(finding["level"] == "ok" for finding in findings) > 20


def test_a_key_that_is_gone_is_told_and_none_is_made_in_its_place(seen: Seen, tmp_path: Path) -> None:
    key = seen.running.data / "secrets/agency-private-key"
    kept = key.rename(tmp_path / "kept")
    try:
        done = subprocess.run(
            [sys.executable, "-c", UP, "doctor", "--data", str(seen.running.data)],
            env={**os.environ}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert not key.exists()
    finally:
        kept.rename(key)
    assert done.returncode == 1
    assert "agency-private-key" in done.stderr
    assert "(secret_missing)" in done.stderr


def test_every_metric_that_an_alert_or_a_panel_names_is_told_by_some_process(seen: Seen) -> None:
    door = Tus(seen.running.note["addresses"]["intake_url"])
    upload = door.create(9, filename="canary-name.mp4")
    assert door.patch(upload, 0, b"no film..").status_code == 204
    eventually(lambda: seen.scraped()["worker"].value("tipline_media_set_aside", code="not_media"), "a look")
    looks = seen.scraped()
    told = set().union(*(look.names() for look in looks.values())) | PROMETHEUS_OWN
    assert {one for one in asked() if one.metric not in told} == set()
    for one in asked():
        labels = set().union(*(look.labels_of(one.metric) for look in looks.values())) | ADDED
        missing = one.labels - labels
        # What has counted nothing yet shows no label.
        assert not missing or one.metric.endswith("_total"), one
    for name, look in looks.items():
        assert (look.value("tipline_database_up"), name) == (1, name)
        assert "canary" not in look.text
        assert upload.rpartition("/")[2] not in look.text


def test_what_an_alert_waits_for_is_told_before_it_happens(seen: Seen) -> None:
    """Prometheus sees no rise in what begins with a burst."""
    series = [one for look in seen.scraped().values() for one in look.series()]
    for one in asked():
        if one.where.startswith("alert ") and one.metric not in PROMETHEUS_OWN:
            for label, pattern in one.values:
                assert any(
                    name == one.metric and re.fullmatch(pattern, labels.get(label, ""))
                    for name, labels in series
                ), (one.where, label, pattern)


def test_one_trace_leads_from_the_upload_to_its_copies_through_two_processes(seen: Seen) -> None:
    photo = BytesIO()
    Image.effect_noise((640, 480), 60).save(photo, "PNG")
    door = Tus(seen.running.note["addresses"]["intake_url"])
    upload = door.create(len(photo.getvalue()), filename="canary-name.png")
    assert door.patch(upload, 0, photo.getvalue()).status_code == 204
    stored = eventually(lambda: seen.collector.named("store"), "a copy is traced")
    (root,) = [span for span in seen.collector.named("upload") if span.trace == stored[0].trace]
    eventually(lambda: [span for span in seen.collector.named("watch") if span.parent == root.id], "a turn")
    whole = [span for span in seen.collector.spans if span.trace == root.trace]
    steps = [span for span in whole if span.parent == root.id]
    assert {(span.service, span.name) for span in steps} >= {
        ("tipline-intake", "receive"), ("tipline-worker", "seal"), ("tipline-worker", "inspect"),
        ("tipline-worker", "preview"), ("tipline-worker", "watch"),
    }  # fmt: skip
    assert {span.told["outcome"] for span in steps} == {"done"}
    copies = {str(span.told["kind"]): span.parent for span in whole if span.name == "store"}
    assert copies.keys() >= {"poster"}
    assert set(copies.values()) <= {span.id for span in steps}
    for canary in (
        b"canary",
        upload.rpartition("/")[2].encode(),
        str(seen.running.data).encode(),
        b"127.0.0.1",
    ):
        assert canary not in seen.collector.raw


def test_the_logs_are_lines_of_json_and_know_nobody(seen: Seen) -> None:
    for name in PROCESSES:
        log = (seen.running.data / "log" / f"{name}.log").read_text()
        for line in log.splitlines():
            assert {"at", "level", "process", "logger", "event"} <= json.loads(line).keys(), line
        assert "canary" not in log
