"""Who is calling: told apart, forgotten in time, and never named."""

from ipaddress import IPv4Address, IPv6Address

from hypothesis import given
from hypothesis import strategies as st

from intake.guard.clients import ROTATION_SECONDS, Clients, network_of


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_two_addresses_of_ipv4_are_two_clients(one: IPv4Address, other: IPv4Address) -> None:
    clients = Clients()
    assert (clients.of(str(one)) is clients.of(str(other))) == (one == other)


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_a_household_of_ipv6_is_one_client(address: IPv6Address, host: int) -> None:
    neighbour = IPv6Address(int(address) >> 64 << 64 | host)
    if address.ipv4_mapped is None and neighbour.ipv4_mapped is None:
        assert network_of(str(address)) == network_of(str(neighbour))


def test_one_address_in_both_its_forms_is_one_client() -> None:
    clients = Clients()
    assert clients.of("8.8.8.8") is clients.of("::ffff:8.8.8.8")


@given(st.one_of(st.none(), st.text()))
def test_what_is_no_address_is_one_client_whatever_it_says(text: str | None) -> None:
    network = network_of(text)
    assert len(network) in (0, 4, 8)


def test_a_client_keeps_what_it_used_through_a_change_of_salt_and_is_forgotten_after_the_next() -> None:
    clock = Clock()
    clients = Clients(clock=clock)
    erin = clients.of("8.8.8.8")
    clock.now += ROTATION_SECONDS + 1
    assert clients.of("8.8.8.8") is erin
    clock.now += ROTATION_SECONDS + 1
    clients.of("1.1.1.1")
    clock.now += ROTATION_SECONDS + 1
    assert clients.of("8.8.8.8") is not erin


def test_whoever_was_seen_long_ago_is_forgotten_where_nobody_else_calls() -> None:
    clock = Clock()
    clients = Clients(clock=clock)
    clients.of("8.8.8.8")
    for _ in range(2):
        assert len(clients) == 1
        clock.now += clients.turn()
    assert clients.turn() == ROTATION_SECONDS
    assert len(clients) == 0
    clients.of("8.8.8.8")
    clock.now += 2 * ROTATION_SECONDS
    clients.of("1.1.1.1")
    assert len(clients) == 1, "a process that slept has not kept them either"


def test_whoever_has_a_million_networks_fills_no_memory() -> None:
    clients = Clients(most=100)
    erin = clients.of("8.8.8.8")
    for number in range(10_000):
        clients.of(str(IPv6Address(0x2001 << 112 | number << 64)))
        if number % 50 == 0:
            assert clients.of("8.8.8.8") is erin, "who comes again and again is not forgotten"
    assert len(clients) <= 200
