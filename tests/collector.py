"""A receiver of traces: OTLP over HTTP, as a collector takes them in, kept to be looked at."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from tipline.up.ports import LOOPBACK


@dataclass(frozen=True)
class Span:
    """One span, and whose it is."""

    service: str
    name: str
    trace: bytes
    id: bytes
    parent: bytes
    seconds: float
    told: dict[str, object]


@dataclass
class Collector:
    """What was received; `raw` is every byte of it. A span that is sent again, unanswered, is one."""

    url: str = ""
    raw: bytes = b""
    known: dict[tuple[bytes, bytes], Span] = field(default_factory=dict)

    def take(self, body: bytes) -> None:
        self.raw += body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            told = {one.key: one.value.string_value for one in resource.resource.attributes}
            for span in (span for scope in resource.scope_spans for span in scope.spans):
                self.known[span.trace_id, span.span_id] = Span(
                    told["service.name"],
                    span.name,
                    span.trace_id,
                    span.span_id,
                    span.parent_span_id,
                    (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
                    {one.key: one.value.string_value or one.value.int_value for one in span.attributes},
                )

    @property
    def spans(self) -> list[Span]:
        return list(self.known.values())

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


@contextmanager
def collecting() -> Iterator[Collector]:
    """Listen on a free port of loopback meanwhile."""
    collector = Collector()

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert (self.path, self.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportTraceServiceResponse().SerializeToString())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer((LOOPBACK, 0), Takes)
    collector.url = f"http://{LOOPBACK}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
