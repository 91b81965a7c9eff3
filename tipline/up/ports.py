"""TCP ports on this machine's loopback."""

import socket
from collections.abc import Mapping, Sequence
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"

# What this process told of; and, of the newest, what keeps all others on this machine from telling of it.
_told: set[int] = set()
_held: dict[int, socket.socket] = {}
_MOST_HELD = 200


def in_url(host: str) -> str:
    """A host as a URL has it: an address of IPv6 stands in brackets (RFC 3986, 3.2.2)."""
    return f"[{host}]" if ":" in host else host


def reachable(host: str) -> str:
    """Where something that listens on `host` is reached from this machine, as a URL has it."""
    everywhere = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 (compared, not bound)
    return in_url(everywhere.get(host, host))


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on the port at this moment."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError:
            return False
    return True


def free_ports(names: Sequence[str], before: Mapping[str, int] | None = None) -> dict[str, int]:
    """A free port for each name: the one it had `before` where that is still free, else any.

    None is told of twice, nor by two processes: until somebody listens there, the kernel would give it again.
    """
    kept = {
        name: port
        for name, port in (before or {}).items()
        if name in names and is_free(port) and (port in _held or _claim(port))
    }
    fresh = {name: _fresh_port() for name in names if name not in kept}
    return {name: kept[name] if name in kept else fresh[name] for name in names}


def _fresh_port() -> int:
    with ExitStack() as held:  # a port that was told of is held, so that the next is another
        while True:
            server = held.enter_context(socket.create_server((LOOPBACK, 0)))
            port: int = server.getsockname()[1]
            if port not in _told and _claim(port):
                return port


def _claim(port: int) -> bool:
    """Take the port's name among all processes that see the same loopback; False where another has it.

    Names in the abstract namespace belong to the network namespace, as ports do, and go with their process
    (unix(7)). The oldest are let go of: by then somebody listens there.
    """
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0tipline port {port}")
    except OSError:
        claim.close()
        return False
    _told.add(port)
    _held[port] = claim
    if len(_held) > _MOST_HELD:
        _held.pop(next(iter(_held))).close()
    return True
