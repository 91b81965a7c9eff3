"""Debian's HAProxy, before the doors of all hosts and before what they share."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tipline.up.ports import free_ports

HAPROXY = "/usr/sbin/haproxy"
# As docs/hosts.md has it, but for how often it looks.
_CONFIGURATION = """
global
  maxconn 500
defaults
  timeout connect 2s
  timeout check 10s
  timeout client 75s
  timeout server 75s
frontend public
  mode http
  bind 127.0.0.1:{public}
  default_backend doors
backend doors
  mode http
  balance roundrobin
  option httpchk GET /readyz
  option redispatch 1
  retries 2
  default-server inter 300ms fastinter 200ms downinter 300ms fall 2 rise 1 on-marked-down shutdown-sessions
{doors}
"""
_SHARED = """
listen {name}
  mode tcp
  bind {hub}:{port}
  server one 127.0.0.1:{target}
"""


@dataclass(frozen=True)
class Balancer:
    """`url` is the public's; `shared` the port at the hub for each of what the hosts share."""

    url: str
    shared: dict[str, int]


def configuration(hub: str, doors: Sequence[str], shared: dict[str, int], ports: dict[str, int]) -> str:
    """Round robin over `doors` (address:port), and a way from the hub to `shared` loopback ports."""
    servers = "\n".join(f"  server door{at} {door} check" for at, door in enumerate(doors))
    ways = [
        _SHARED.format(name=name, hub=hub, port=ports[name], target=target) for name, target in shared.items()
    ]
    return _CONFIGURATION.format(public=ports["public"], doors=servers) + "".join(ways)


@contextmanager
def balancing(hub: str, doors: Sequence[str], shared: dict[str, int], work: Path) -> Iterator[Balancer]:
    """Run it; `shared` are loopback ports by name."""
    ports = free_ports(["public", *shared])
    file = work / "haproxy.cfg"
    file.write_text(configuration(hub, doors, shared, ports))
    with (work / "haproxy.log").open("wb") as log:
        process = subprocess.Popen((HAPROXY, "-db", "-f", str(file)), stdout=log, stderr=log)
    try:
        yield Balancer(f"http://127.0.0.1:{ports['public']}", {name: ports[name] for name in shared})
        assert process.poll() is None, (work / "haproxy.log").read_text()
    finally:
        process.kill()
        process.wait()
