"""Who a process is to the store: two keys, or the role that a container asks for."""

import pytest

from evidence.errors import SettingsError
from evidence.settings import Env, StoreSettings

ROLE = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"}
KEYS = {"TIPLINE_S3_ACCESS_KEY": "a", "TIPLINE_S3_SECRET_KEY": "s"}


def test_where_a_role_is_handed_out_no_key_is_needed() -> None:
    settings = StoreSettings.from_env(Env(ROLE))
    assert (settings.access_key, settings.secret_key, settings.endpoint) == (None, None, None)


def test_keys_come_before_the_role() -> None:
    settings = StoreSettings.from_env(Env(ROLE | KEYS))
    assert (settings.access_key, settings.secret_key) == ("a", "s")


@pytest.mark.parametrize(
    "variables", [{}, {"TIPLINE_S3_ACCESS_KEY": "a"}, ROLE | {"TIPLINE_S3_SECRET_KEY": "s"}]
)
def test_half_a_pair_or_nothing_stops_the_start(variables: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"TIPLINE_S3_\w+_KEY is not set"):
        StoreSettings.from_env(Env(variables))
