"""A consented camera at a real door: by RTSP, through cuts on either side, until its owner has had enough."""

import signal

import av
from click.testing import CliRunner

from evidence.errors import EvidenceError
from tests.intake.live.conftest import Behind
from tests.tipline.relay.conftest import Stage, said
from tests.waiting import eventually
from tipline.cli.commands import main


def pictures(behind: Behind, session: str) -> list[int]:
    """How many pictures each part shows; every one of them must decode."""
    counts = []
    for part in behind.parts(session):
        with av.open(str(behind.intake.spool.bytes_path(part.upload_id))) as film:
            counts.append(sum(1 for _ in film.decode(video=0)))
    return counts


def test_nothing_is_lost_where_the_camera_or_the_door_goes_away(stage: Stage) -> None:
    running = stage.relay()
    stage.grown(running, parts=1, beyond=10_000)
    stage.camera.cut()
    stage.grown(running, parts=2, beyond=10_000)
    intake = stage.behind.intake
    intake.stop(signal.SIGKILL)
    eventually(lambda: any("out of reach" in line for line in running.told), "the relay's noticing")
    intake.start()
    eventually(lambda: any("answers again" in line for line in running.told), "the relay's coming back")
    before = stage.behind.parts(running.session)[-1]
    size = intake.spool.bytes_path(before.upload_id).stat().st_size
    stage.grown(running, parts=2, beyond=size)
    running.relay.stop()
    stands = running.ended()
    assert not isinstance(stands, EvidenceError)
    assert (stands.state, stands.how) == ("ended", "citizen")
    session = stage.behind.settled(running.session)
    assert (session.source, session.how_closed) == ("camera", "complete")
    parts = stage.behind.parts(running.session)
    assert [part.chain_holds for part in parts] == [True] * len(parts)
    assert [part.why for part in parts][:2] == ["start", "camera"]
    assert parts[0].mime.startswith('video/mp4; codecs="avc1.')
    assert all(count > 5 for count in pictures(stage.behind, running.session))
    assert stage.camera.connections == 2


def test_a_revoked_consent_stops_the_relay_and_lets_no_other_begin(stage: Stage) -> None:
    running = stage.relay()
    stage.grown(running, parts=1, beyond=10_000)
    said("consent", "revoke", stage.allowed.consent)
    stands = running.ended()
    assert not isinstance(stands, EvidenceError)
    assert (stands.state, stands.how) == ("closed", "consent")
    stage.behind.settled(running.session)
    assert len(stage.behind.stored(running.session)) == 1
    again = stage.relay().ended()
    assert isinstance(again, EvidenceError)
    assert again.code == "consent_not_given"
    words = ["relay", stage.camera.url, "--token", stage.allowed.token, "--to", stage.behind.intake.url]
    refused = CliRunner().invoke(main, words)
    assert refused.exit_code == 1
    assert "no consent that covers this moment" in refused.output
    assert "revoked" in said("camera", "list")
