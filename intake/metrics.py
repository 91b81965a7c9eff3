"""What an operator's monitoring asks of a process of the public door. Nothing in it is of anybody.

Whoever is counted here is counted as one of many: no label is a tip's, an upload's or an address's.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from prometheus_client import Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from evidence.spool.damage import SYNC_SECONDS
from evidence.spool.room import Room
from evidence.telemetry.metrics import from_nothing, new_registry

REGISTRY = new_registry("intake")
REGISTRY.register(SYNC_SECONDS)

# Refusals that an alert counts.
ALARMING = (
    "client_bytes", "client_forms", "client_lives", "client_tips", "client_uploads", "client_words",
    "failure", "flood", "proof_needed",
)  # fmt: skip

BYTES_TAKEN = Counter("tipline_upload_bytes", "Bytes of uploads written to the spool.", registry=REGISTRY)
RECEIVED = Counter("tipline_uploads_received", "Uploads that became media.", registry=REGISTRY)
TAKE_OVERS = Counter(
    "tipline_upload_takeovers", "Requests that lost their upload to a newer one.", registry=REGISTRY
)
REFUSALS = Counter("tipline_refusals", "Requests refused, by why.", ("code",), registry=REGISTRY)
from_nothing(REFUSALS, *((code,) for code in ALARMING))
TIPS = Counter("tipline_tips_opened", "Tips opened with words.", registry=REGISTRY)

_SPOOL_UP = "Whether the spool is there and can be written."
# A sender says each second that it is there.
_SILENT_SECONDS = 5.0


@dataclass
class Senders:
    """Broadcasts that were heard of just now. Only this process's, and only while they are heard."""

    _heard: dict[int, float] = field(default_factory=dict)

    def heard(self, token: bytes) -> None:
        """Note a beat of a session; on the event loop. Its token is not kept."""
        now, session = monotonic(), hash(token)
        self._heard[session] = now
        if len(self._heard) % 64 == 0:
            self._forget(now)

    def now(self) -> int:
        """How many are there; from any thread."""
        since = monotonic() - _SILENT_SECONDS
        return sum(at > since for at in list(self._heard.values()))

    def _forget(self, now: float) -> None:
        for session, at in list(self._heard.items()):
            if at < now - _SILENT_SECONDS:
                del self._heard[session]


SENDERS = Senders()


@dataclass(frozen=True)
class Standing(Collector):
    """How a process stands at the moment of the look; asked from a thread of the scrape's own."""

    under_way: Callable[[], int]
    spool: Path
    reserve: Callable[[Room], int]

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges; of a spool whose disk is away that it is, and nothing more."""
        yield GaugeMetricFamily(
            "tipline_uploads_under_way", "Uploads whose bytes are coming in.", value=self.under_way()
        )
        yield GaugeMetricFamily("tipline_live_senders", "Broadcasts heard just now.", value=SENDERS.now())
        try:
            room = Room.of(self.spool)
        except OSError:
            yield GaugeMetricFamily("tipline_spool_up", _SPOOL_UP, value=0)
            return
        yield GaugeMetricFamily("tipline_spool_up", _SPOOL_UP, value=0 if room.read_only else 1)
        for name, says, value in (
            ("free_bytes", "Free on the spool's disk.", room.free),
            ("size_bytes", "Of the spool's disk.", room.size),
            ("reserve_bytes", "Below which no new media is taken.", self.reserve(room)),
        ):
            yield GaugeMetricFamily(f"tipline_spool_{name}", says, value=value)
        if room.free_files is not None:
            yield GaugeMetricFamily(
                "tipline_spool_free_inodes", "Files that still fit there.", value=room.free_files
            )
