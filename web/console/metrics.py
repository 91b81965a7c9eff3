"""What an operator's monitoring asks of the console. Routes by name, never by path: a path names a tip."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from evidence.telemetry.metrics import from_nothing, new_registry
from web.console.asgi import App, Message, Receive, Scope, Send

REGISTRY = new_registry("console")

# As the console answers where it, or what it needs, fails.
_FAILED = ("500", "503")

REQUESTS = Counter(
    "tipline_console_requests", "Requests answered, by route.", ("route", "status"), registry=REGISTRY
)
SIGN_INS = Counter("tipline_console_sign_ins", "Sessions begun.", ("by",), registry=REGISTRY)
SIGN_INS_REFUSED = Counter(
    "tipline_console_sign_ins_refused", "Tries to sign in that were refused.", ("by",), registry=REGISTRY
)
for _counter in (SIGN_INS, SIGN_INS_REFUSED):
    from_nothing(_counter, ("link",), ("passkey",))


def expect(routes: Iterable[str]) -> None:
    """Tell of each route from the start that it failed 0 times."""
    from_nothing(REQUESTS, *((route, status) for route in routes for status in _FAILED))


@dataclass(frozen=True)
class Watching(Collector):
    """Who is there at the moment of the look: pages that listen, and viewers of broadcasts."""

    listeners: Callable[[], int]
    viewers: Callable[[], int]

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges."""
        yield GaugeMetricFamily(
            "tipline_console_listeners", "Open pages that hear the news.", value=self.listeners()
        )
        yield GaugeMetricFamily(
            "tipline_console_live_viewers",
            "Players that follow a broadcast.",
            value=self.viewers(),
        )


def counted(route: str, app: App) -> App:
    """Return `app`, whose answers are counted under `route`."""

    async def counting(scope: Scope, receive: Receive, send: Send) -> None:
        async def heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                REQUESTS.labels(route, str(message["status"])).inc()
            await send(message)

        await app(scope, receive, heard)

    return counting
