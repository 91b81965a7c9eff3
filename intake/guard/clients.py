"""Who is calling, known well enough to count and too little to be named.

A client is a keyed hash of its network address: in memory alone, under a salt that nobody else has and that
lasts two hours at most. Neither the address nor the hash is stored or logged.
"""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

ROTATION_SECONDS = 3600.0
# Whoever holds 2**32 networks must not fill the memory: the longest unseen client is forgotten instead.
MOST_CLIENTS = 8192

_ID_BYTES = 16
_SALT_BYTES = 32
# One household, or one phone, has 2**64 addresses of IPv6 (RFC 6177).
_IPV6_NETWORK_BYTES = 8


@dataclass(slots=True)
class Client:
    """What one client has used up: when each allowance is whole again; and the bodies it sends now."""

    tips: float = 0.0
    uploads: float = 0.0
    bytes: float = 0.0
    bodies: int = 0


class Clients:
    """The clients of the last one to two hours, at most `2 * most` of them."""

    def __init__(self, most: int = MOST_CLIENTS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._begin()
        self._before: OrderedDict[bytes, Client] = OrderedDict()
        self._salt_before = self._salt

    def __len__(self) -> int:
        return len(self._now) + len(self._before)

    def of(self, address: str | None) -> Client:
        """Return the client at an address; one who has not been seen for long has used up nothing."""
        if self._clock() - self._began >= ROTATION_SECONDS:
            self._salt_before, self._before = self._salt, self._now
            self._begin()
        network = network_of(address)
        name = _hashed(self._salt, network)
        client = self._now.get(name)
        if client is None:
            client = self._before.pop(_hashed(self._salt_before, network), None) or Client()
            if len(self._now) >= self._most:
                self._now.popitem(last=False)
            self._now[name] = client
        else:
            self._now.move_to_end(name)
        return client

    def _begin(self) -> None:
        self._salt = secrets.token_bytes(_SALT_BYTES)
        self._now: OrderedDict[bytes, Client] = OrderedDict()
        self._began = self._clock()


def network_of(address: str | None) -> bytes:
    """Return what tells one subscriber from another: IPv4 whole, IPv6 by its /64; nothing for no address."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address or "")
    except ValueError:
        return b""
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is None:
            return parsed.packed[:_IPV6_NETWORK_BYTES]
        parsed = parsed.ipv4_mapped
    return parsed.packed


def _hashed(salt: bytes, network: bytes) -> bytes:
    return hashlib.blake2b(network, key=salt, digest_size=_ID_BYTES).digest()
