"""How a process may be seen: read once from its environment, beside its other settings."""

from dataclasses import dataclass
from typing import Literal, Self, cast

from evidence.errors import SettingsError
from evidence.settings import MOST_PORT, Env

LogFormat = Literal["auto", "json", "text"]


@dataclass(frozen=True)
class Telemetry:
    """`metrics_port` None: no metrics. `auto` writes JSON lines wherever nobody sits at a terminal."""

    log: LogFormat = "auto"
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = None

    @property
    def ports(self) -> list[int]:
        """The ports that the process opens for it."""
        return [] if self.metrics_port is None else [self.metrics_port]

    @classmethod
    def from_env(cls, read: Env, metrics: str, *public: int, number: int = 1) -> Self:
        """Read `TIPLINE_LOG`, `TIPLINE_METRICS_HOST`, and the port from the variable `metrics`.

        The second of several processes takes the port after the first's, and so on. It must be none of
        `public`. Raises `SettingsError`.
        """
        return cls(
            log=cast("LogFormat", read.choice("TIPLINE_LOG", ("auto", "json", "text"), "auto")),
            metrics_host=read.text("TIPLINE_METRICS_HOST", cls.metrics_host),
            metrics_port=_port(read, metrics, public, number),
        )


def _port(read: Env, name: str, public: tuple[int, ...], number: int) -> int | None:
    first = read.port(name, 0)
    if not first:
        return None
    port = first + number - 1
    if port in public or port > MOST_PORT:
        raise SettingsError(f"{name} leads to port {port}; metrics need one of their own.")
    return port
