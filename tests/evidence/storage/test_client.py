"""What is signed depends on the way to the store."""

import pytest

from evidence.storage.client import is_private


@pytest.mark.parametrize(
    "endpoint",
    [None, "https://s3.example:9000", "http://127.0.0.1:8333", "http://[::1]:8333", "http://localhost:8333"],
)
def test_nobody_is_on_a_private_way(endpoint: str | None) -> None:
    assert is_private(endpoint)


@pytest.mark.parametrize(
    "endpoint", ["http://10.0.0.7:8333", "http://store:8333", "http://127.0.0.1.example"]
)
def test_bodies_are_signed_where_somebody_may_be(endpoint: str) -> None:
    assert not is_private(endpoint)
