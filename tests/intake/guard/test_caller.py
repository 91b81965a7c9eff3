"""Whose request it is, where proxies stand in between, and liars."""

import asyncio
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from intake.guard.caller import KnownCaller
from intake.wire.http import Message, Receive, Scope, Send

PROXIES = ("10.0.0.0/8", "192.0.2.7", "fd00::/8")


def caller(peer: str, *forwarded: str, proxies: tuple[str, ...] = PROXIES) -> str:
    """Who is taken for the caller when `peer` holds the line and sends these headers."""
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def receive() -> Message:
        raise AssertionError

    async def send(message: Message) -> None:
        raise AssertionError

    headers = [(b"x-forwarded-for", value.encode("latin-1", "replace")) for value in forwarded]
    scope: Scope = {"type": "http", "scheme": "http", "client": (peer, 4000), "headers": headers}
    asyncio.run(KnownCaller(app, proxies)(scope, receive, send))
    return str(seen[0]["client"][0])


strangers = st.ip_addresses(v=4).filter(
    lambda address: address not in IPv4Network("10.0.0.0/8") and str(address) != "192.0.2.7"
)
named = st.integers(0, 2**24 - 1).map(lambda host: IPv4Address((10 << 24) + host))


@given(strangers, st.lists(st.text("0123456789.,: abcdef"), max_size=3))
def test_what_a_stranger_says_of_others_is_not_believed(stranger: IPv4Address, said: list[str]) -> None:
    assert caller(str(stranger), *said) == str(stranger)


@given(named, strangers, st.lists(named, max_size=3), st.lists(st.text("0123456789. abc"), max_size=3))
def test_past_named_proxies_the_first_stranger_from_the_right_is_the_caller(
    peer: IPv4Address, erin: IPv4Address, hops: list[IPv4Address], forged: list[str]
) -> None:
    chain = ", ".join([*forged, str(erin), *map(str, hops)])
    assert caller(str(peer), chain) == str(erin)


@given(named, strangers, named)
def test_a_chain_in_several_headers_is_one_chain(
    peer: IPv4Address, erin: IPv4Address, hop: IPv4Address
) -> None:
    assert caller(str(peer), "1.1.1.1", str(erin), str(hop)) == str(erin)


def test_a_proxy_that_says_nothing_is_the_caller_itself() -> None:
    assert caller("10.0.0.1") == "10.0.0.1"


def test_no_proxy_is_believed_by_default() -> None:
    assert caller("127.0.0.1", "8.8.8.8", proxies=()) == "127.0.0.1"


def test_proxies_are_known_in_every_form_of_their_address() -> None:
    assert caller("::ffff:10.0.0.1", "8.8.8.8") == "8.8.8.8"
    assert caller("fd00::1", "2001:db8::1, fd00::2") == "2001:db8::1"
    assert caller("10.0.0.1", "8.8.8.8:52110") == "8.8.8.8"
    assert caller("10.0.0.1", "[2001:db8::1]:52110") == "2001:db8::1"
