"""Traces: what became of one upload, from its first byte to its last copy, and how long each step took.

A trace's id follows from the upload's, by a hash that leads back to nothing. So nothing has to travel with a
job: it may be lost, doubled or run twice, and whoever works on a media knows which trace it belongs to.
Nothing is loaded, measured or sent unless there is somebody to send it to (`TIPLINE_OTLP_ENDPOINT`).
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from evidence.errors import EvidenceError
from evidence.telemetry.settings import Telemetry
from evidence.version import VERSION

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Tracer

Told = str | int
# Kinds, stages and codes. No id: a trace is found by its own, and leads to nobody.
ALLOWED = frozenset({"stage", "outcome", "lane", "attempt", "kind"})
_NANOSECONDS = 1_000_000_000
# An endpoint that does not answer must not hold up the end of a process.
_SECONDS = 2

_tracer: "Tracer | None" = None


@dataclass(frozen=True)
class Thread:
    """The ids of an upload's trace, and of the span that all others are under."""

    trace: int
    root: int

    @classmethod
    def of(cls, upload_id: UUID) -> Self:
        """Return an upload's, the same in every process."""
        drawn = hashlib.sha256(b"tipline trace v1" + upload_id.bytes).digest()
        return cls(int.from_bytes(drawn[:16]), int.from_bytes(drawn[16:24]))


_own_ids: ContextVar[Thread | None] = ContextVar("tipline_trace", default=None)


@dataclass
class Step:
    """A step under way; `outcome` is what it came to."""

    outcome: str = "done"


# One for all: a thousand phones would hold one each.
_UNTRACED = nullcontext(Step())


@contextmanager
def exporting(process: str, telemetry: Telemetry) -> Iterator[None]:
    """Send what is traced meanwhile to the endpoint (OTLP over HTTP, protobuf), the rest at the end."""
    global _tracer  # noqa: PLW0603 (one for the process, as OpenTelemetry itself has it)
    if telemetry.otlp is None:
        yield
        return
    # Here, since without an endpoint no process pays for them.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator  # noqa: PLC0415

    class Ids(RandomIdGenerator):
        def generate_span_id(self) -> int:
            own = _own_ids.get()
            return super().generate_span_id() if own is None else own.root

        def generate_trace_id(self) -> int:
            own = _own_ids.get()
            return super().generate_trace_id() if own is None else own.trace

    # Of the machine and the process it says nothing: their names are nobody's business where traces lie.
    resource = Resource({"service.name": f"tipline-{process}", "service.version": VERSION})
    provider = TracerProvider(resource=resource, id_generator=Ids(), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{telemetry.otlp.rstrip('/')}/v1/traces", timeout=_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    _tracer = provider.get_tracer("tipline")
    try:
        yield
    finally:
        _tracer = None
        provider.shutdown()


def step(name: str, upload_id: UUID, **told: Told) -> AbstractContextManager[Step]:
    """Trace a step of what becomes of an upload; the steps within it are under it."""
    if _tracer is None:
        return _UNTRACED
    return _span(_tracer, name, _under(Thread.of(upload_id)), told)


def within(name: str, **told: Told) -> AbstractContextManager[Step]:
    """Trace a part of the step that this thread is at."""
    return _UNTRACED if _tracer is None else _span(_tracer, name, None, told)


def uploaded(upload_id: UUID, began: datetime) -> None:
    """Trace the upload as a whole, from its opening until now: what all its steps are under."""
    if _tracer is None:
        return
    from opentelemetry.context import Context  # noqa: PLC0415

    token = _own_ids.set(Thread.of(upload_id))
    try:
        span = _tracer.start_span(
            "upload", context=Context(), start_time=int(began.timestamp() * _NANOSECONDS)
        )
    finally:
        _own_ids.reset(token)
    span.end()


@contextmanager
def _span(tracer: "Tracer", name: str, under: "Context | None", told: dict[str, Told]) -> Iterator[Step]:
    if unknown := told.keys() - ALLOWED:
        raise ValueError(f"a span is told nothing of {', '.join(sorted(unknown))}")
    done = Step()
    # What an exception says of itself may quote what somebody sent.
    with tracer.start_as_current_span(
        name, context=under, attributes=dict(told), record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield done
        except EvidenceError as refused:
            done.outcome = refused.code
            raise
        except BaseException:
            done.outcome = "failed"
            raise
        finally:
            span.set_attribute("outcome", done.outcome)


def _under(thread: Thread) -> "Context":
    from opentelemetry.trace import (  # noqa: PLC0415
        NonRecordingSpan,
        SpanContext,
        TraceFlags,
        set_span_in_context,
    )

    parent = SpanContext(
        thread.trace, thread.root, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )
    return set_span_in_context(NonRecordingSpan(parent))
