"""How a process may be seen: read once from its environment, beside its other settings."""

from dataclasses import dataclass
from typing import Literal, Self, cast

from evidence.errors import SettingsError
from evidence.settings import MOST_PORT, Env

LogFormat = Literal["auto", "json", "text"]


@dataclass(frozen=True)
class Telemetry:
    """`metrics_port` None: no metrics. `auto` writes JSON lines wherever nobody sits at a terminal.

    `otlp` is where traces are sent, an address that takes OTLP over HTTP; None: nothing is traced.
    """

    log: LogFormat = "auto"
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None
    otlp: str | None = None

    @property
    def reach(self) -> list[str]:
        """The addresses that the process connects to for it."""
        return [] if self.otlp is None else [self.otlp]

    @property
    def ports(self) -> list[int]:
        """The ports that the process opens for it."""
        return [] if self.metrics_port is None else [self.metrics_port]

    @classmethod
    def from_env(cls, read: Env, metrics: str, *public: int, number: int = 1, door: bool = False) -> Self:
        """Read `TIPLINE_LOG`, `TIPLINE_METRICS_HOST`, `TIPLINE_OTLP_ENDPOINT`, the port from `metrics`.

        When a citizen's bytes came is told to nobody else by default: a public `door` traces only where
        `TIPLINE_OTLP_DOORS` is `on`.

        The second of several processes takes the port after the first's, and so on. It must be none of
        `public`. Raises `SettingsError`.
        """
        return cls(
            log=cast("LogFormat", read.choice("TIPLINE_LOG", ("auto", "json", "text"), "auto")),
            metrics_host=read.text("TIPLINE_METRICS_HOST", cls.metrics_host),
            metrics_port=_port(read, metrics, public, number),
            otlp=_endpoint(read) if not door or _doors_trace(read) else None,
        )


def _port(read: Env, name: str, public: tuple[int, ...], number: int) -> int | None:
    first = read.port(name, 0)
    if not first:
        return None
    port = first + number - 1
    if port in public or port > MOST_PORT:
        raise SettingsError(f"{name} leads to port {port}; metrics need one of their own.")
    return port


def _doors_trace(read: Env) -> bool:
    return read.choice("TIPLINE_OTLP_DOORS", ("on", "off"), "off") == "on"


def _endpoint(read: Env) -> str | None:
    address = read.optional("TIPLINE_OTLP_ENDPOINT")
    if address and not address.startswith(("http://", "https://")):
        raise SettingsError(
            f"TIPLINE_OTLP_ENDPOINT must be an address like http://127.0.0.1:4318, not {address!r}."
        )
    return address
