"""The stand-in on a free port, and whoever listens to its webhooks."""

from collections.abc import Iterator

import pytest

from tests.tipline.carrier.listener import Listener, listening
from tipline.carrier import Account, Carrier, serving
from tipline.up.ports import LOOPBACK

TOKEN = "the token of a test"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


@pytest.fixture
def carrier(listener: Listener) -> Carrier:
    return Carrier(Account.demonstration(TOKEN, listener.url))


@pytest.fixture
def address(carrier: Carrier) -> Iterator[str]:
    with serving(carrier, LOOPBACK, 0) as address:
        yield address
