"""Who is calling, known well enough to count and too little to be named.

A client is a keyed hash of its network address: in memory alone, under a key that nobody else has and that
lasts two hours at most. Neither the address nor the hash is stored or logged.
"""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

ROTATION_SECONDS = 3600.0
# Whoever holds 2**32 networks must not fill the memory: the longest unseen client is forgotten instead.
MOST_CLIENTS = 8192

# What one client has used up: by the limit's name, when its allowance is whole again (monotonic nanoseconds).
Used = dict[str, int]

_ID_BYTES = 16
_KEY_BYTES = 32
# One household, or one phone, has 2**64 addresses of IPv6 (RFC 6177).
_IPV6_NETWORK_BYTES = 8


class Clients:
    """The clients of the last one to two hours, at most `2 * most` of them."""

    def __init__(self, most: int = MOST_CLIENTS, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._begin()
        self._key_before, self._before = self._key, OrderedDict[bytes, Used]()

    def __len__(self) -> int:
        return len(self._now) + len(self._before)

    def of(self, address: str | None) -> Used:
        """Return what the client at an address has used; one who has not been seen for long, nothing."""
        self.turn()
        network = network_of(address)
        name = _hashed(self._key, network)
        used = self._now.get(name)
        if used is None:
            used = self._before.pop(_hashed(self._key_before, network), {})
            if len(self._now) >= self._most:
                self._now.popitem(last=False)
            self._now[name] = used
        else:
            self._now.move_to_end(name)
        return used

    def turn(self) -> float:
        """Change the key where it is time, and forget who was last seen under the one before.

        Returns the seconds until it is time again. Where nobody calls, somebody has to turn all the same.
        """
        lasted = self._clock() - self._began
        if lasted >= ROTATION_SECONDS:
            self._key_before, self._before = self._key, self._now
            if lasted >= 2 * ROTATION_SECONDS:
                self._before = OrderedDict()
            self._begin()
        return self._began + ROTATION_SECONDS - self._clock()

    def _begin(self) -> None:
        self._key, self._now = secrets.token_bytes(_KEY_BYTES), OrderedDict[bytes, Used]()
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


def _hashed(key: bytes, network: bytes) -> bytes:
    return hashlib.blake2b(network, key=key, digest_size=_ID_BYTES).digest()
