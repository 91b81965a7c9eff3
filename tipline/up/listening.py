"""The public door's listening socket: opened once by the supervisor, inherited by every process of the door.

All of them accept from one queue, so that a connection waits for whoever is free, never for one process. With
a socket each (SO_REUSEPORT) the kernel would deal connections out by a hash: those dealt to a stopped process
would hang, and those in a killed one's queue would be reset.
"""

import os
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from evidence.errors import SettingsError

# As many may wait while the processes start; each of them sets its own number again.
_BACKLOG = 4096
_HOST_OPTIONS = {"intake": "--host or TIPLINE_HOST", "https": "--https-host or TIPLINE_HTTPS_HOST"}


@contextmanager
def listening_on(host: str, port: int, name: str = "intake") -> Iterator[socket.socket]:
    """Listen on a port, any free one for 0, until the end; raises `SettingsError` where that fails.

    So it does where the host is a name of several addresses: there is one socket. `name` is its options'.
    """
    try:
        address = only_address(host, _addresses_of(host), name)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        server = socket.create_server((address, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        # create_server adds words of its own to what the system says; a name it does not know has no number.
        number = error.errno or 0
        why = os.strerror(number) if number > 0 else error.strerror
        raise SettingsError(
            f"Port {port} is not to be had on {host}: {why}."
            f" Choose another with --{name}-port or TIPLINE_{name.upper()}_PORT; 0 takes any free one."
        ) from None
    with server:
        yield server


def only_address(host: str, addresses: Collection[str], name: str = "intake") -> str:
    """The one address of a host; raises `SettingsError` where its name has several."""
    if len(addresses) > 1:
        raise SettingsError(
            f"{host} is {' and '.join(addresses)} here, and the public door listens on one address."
            f" Say which with {_HOST_OPTIONS[name]}."
        )
    return next(iter(addresses))


def _addresses_of(host: str) -> Collection[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found)
