"""Traces without a name in them: what a span may be told, and what an exception does to one."""

import subprocess
import sys
from uuid import UUID, uuid4

import pytest

from evidence.telemetry.settings import Telemetry
from evidence.telemetry.tracing import Thread, exporting, step, within
from tests.collector import collecting


def test_a_trace_follows_from_the_upload_the_same_in_every_process() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert Thread.of(one) == Thread.of(UUID(int=1)) != Thread.of(other)


def test_steps_nest_and_nothing_that_could_name_somebody_gets_in() -> None:
    upload = uuid4()
    with collecting() as collector:
        with exporting("test", Telemetry(otlp=collector.url)):
            with step("watch", upload, lane="media", attempt=1) as done:
                with within("store", kind="poster"):
                    pass
                done.outcome = "not_media"
            with pytest.raises(FileNotFoundError), step("seal", upload):
                raise OSError(2, "No such file", "/canary.mp4")
            with pytest.raises(ValueError, match="nothing of file"), step("seal", upload, file="canary"):
                pass
        (watch,), (store,), (seal,) = (collector.named(name) for name in ("watch", "store", "seal"))
        assert (store.parent, store.trace) == (watch.id, watch.trace)
        assert (seal.parent, seal.trace) == (watch.parent, watch.trace)
        assert watch.told == {"lane": "media", "attempt": 1, "outcome": "not_media"}
        assert seal.told == {"outcome": "failed"}
        for canary in (b"canary", upload.bytes, str(upload).encode()):
            assert canary not in collector.raw


def test_without_an_endpoint_nothing_is_even_loaded() -> None:
    ask = (
        "import sys; from uuid import uuid4; from evidence.telemetry.settings import Telemetry\n"
        "from evidence.telemetry.tracing import exporting, step\n"
        "with exporting('worker', Telemetry()), step('seal', uuid4()): pass\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'google'))])"
    )
    assert subprocess.check_output([sys.executable, "-c", ask], text=True).strip() == "[]"
