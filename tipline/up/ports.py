"""TCP ports on this machine's loopback."""

import socket
from collections.abc import Mapping, Sequence

LOOPBACK = "127.0.0.1"


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
    """A free port for each name: the one it had `before` where that is still free, else any."""
    kept = {name: port for name, port in (before or {}).items() if name in names and is_free(port)}
    held = [socket.create_server((LOOPBACK, 0)) for name in names if name not in kept]
    fresh = iter([server.getsockname()[1] for server in held])
    for server in held:
        server.close()
    return {name: kept[name] if name in kept else next(fresh) for name in names}
