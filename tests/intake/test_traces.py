"""A public door tells nobody when a citizen's bytes came, unless it was told to, and then not whose."""

import pytest

from evidence.errors import SettingsError
from evidence.settings import Env
from evidence.telemetry.settings import Telemetry
from tests.collector import collecting
from tests.intake.conftest import NewIntake
from tests.intake.tus.client import Tus


def test_an_endpoint_alone_makes_no_public_door_trace(new_intake: NewIntake) -> None:
    with collecting() as collector:
        with new_intake(TIPLINE_OTLP_ENDPOINT=collector.url) as door:
            tus = Tus(door.url)
            tus.patch(tus.create(5, filename="canary.mp4"), 0, b"bytes")
        assert collector.raw == b""
        with new_intake(TIPLINE_OTLP_ENDPOINT=collector.url, TIPLINE_OTLP_DOORS="on") as door:
            tus = Tus(door.url)
            upload = tus.create(9, filename="canary.mp4")
            tus.patch(upload, 0, b"four")
            assert tus.patch(upload, 7, b"not here").status_code == 409
            tus.patch(upload, 4, b"bytes")
        (root,) = collector.named("upload")
        received = collector.named("receive")
        assert [(span.trace, span.parent, span.told) for span in received] == [
            (root.trace, root.id, {"outcome": "done"})
        ] * 2
        assert (root.service, root.parent, root.told) == ("tipline-intake", b"", {})
        assert root.seconds > max(span.seconds for span in received)
        for canary in (b"canary", upload.rpartition("/")[2].encode(), b"127.0.0.1"):
            assert canary not in collector.raw


def test_what_is_no_address_is_refused_at_the_start() -> None:
    assert Telemetry.from_env(Env({}), "PORT").otlp is None
    with pytest.raises(SettingsError, match="must be an address"):
        Telemetry.from_env(Env({"TIPLINE_OTLP_ENDPOINT": "collector:4318"}), "PORT")
