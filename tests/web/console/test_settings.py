import base64
from datetime import timedelta

import pytest

from evidence.errors import SettingsError
from web.console.settings import ConsoleSettings

ENOUGH = {
    "DATABASE_URL": "postgresql://console@db/tips",
    "TIPLINE_S3_ACCESS_KEY": "key",
    "TIPLINE_S3_SECRET_KEY": "secret",
    "TIPLINE_AGENCY_PRIVATE_KEY": base64.b64encode(bytes(range(32))).decode(),
    "TIPLINE_THREAD_SIGNING_KEY": base64.b64encode(bytes(range(32))).decode(),
}


def test_the_least_that_is_needed() -> None:
    settings = ConsoleSettings.from_env(ENOUGH)
    assert (settings.origin, settings.relying_party, settings.secure) == (
        "http://localhost:8001",
        "localhost",
        False,
    )
    assert (settings.idle, settings.longest) == (timedelta(minutes=30), timedelta(hours=12))


def test_secrets_are_not_printed() -> None:
    printed = repr(
        ConsoleSettings.from_env(ENOUGH | {"TIPLINE_S3_SECRET_KEY": "S3CRET", "DATABASE_URL": "p:W0RD@db"})
    )
    assert "S3CRET" not in printed
    assert "W0RD" not in printed
    assert "\\x01\\x02" not in printed


def test_an_address_behind_a_proxy() -> None:
    settings = ConsoleSettings.from_env(ENOUGH | {"TIPLINE_CONSOLE_URL": "https://console.city.gov/"})
    assert (settings.origin, settings.relying_party, settings.secure) == (
        "https://console.city.gov",
        "console.city.gov",
        True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "") for name in ENOUGH),
        ("TIPLINE_TIME_ZONE", "America/Atlantis"),
        ("TIPLINE_TIME_ZONE", "../../etc/passwd"),
        ("TIPLINE_CONSOLE_URL", "console.city.gov"),
        ("TIPLINE_SESSION_IDLE_MINUTES", "0"),
        ("TIPLINE_CONSOLE_PORT", "many"),
        ("TIPLINE_CONSOLE_PORT", "65536"),
    ],
)
def test_a_wrong_setting_stops_the_start_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        ConsoleSettings.from_env(ENOUGH | {name: value})
