"""A consented camera at a real door: by RTSP, through cuts on either side, until its owner has had enough."""

import shutil
import signal
import tempfile
import threading
from pathlib import Path

import av
import pytest
from click.testing import CliRunner

from evidence.errors import EvidenceError
from tests.intake.live.conftest import Behind
from tests.tipline.relay.conftest import Stage, said
from tests.waiting import eventually
from tipline.cli.commands import main
from tipline.relay.door import Line


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


def test_newer_pictures_and_sound_are_passed_on_where_they_are_asked_for(newer_stage: Stage) -> None:
    stage = newer_stage
    running = stage.relay(sound=True)
    stage.grown(running, parts=1, beyond=30_000)
    stage.camera.cut()
    stage.grown(running, parts=2, beyond=30_000)
    running.relay.stop()
    assert not isinstance(running.ended(), EvidenceError)
    stage.behind.settled(running.session)
    parts = stage.behind.parts(running.session)
    assert [part.chain_holds for part in parts] == [True] * len(parts)
    counts = pictures(stage.behind, running.session)
    assert min(counts) > 5, counts
    for part in parts:
        assert part.mime == 'video/mp4; codecs="hev1.1.6.L30.90,mp4a.40.2"'
        with av.open(str(stage.behind.intake.spool.bytes_path(part.upload_id))) as film:
            assert [stream.codec_context.name for stream in film.streams] == ["hevc", "aac"]
            assert sum(1 for _ in film.decode(audio=0)) > 5


def test_what_a_disk_does_not_take_ends_the_relay_and_the_rest_arrives(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    running = stage.relay()
    stage.grown(running, parts=1, beyond=10_000)
    [folder] = tmp_path.glob("tipline-relay-*")
    shutil.rmtree(folder)
    stage.camera.cut()
    refused = running.ended()
    assert isinstance(refused, EvidenceError)
    assert refused.code == "relay_disk"
    assert "No such file or directory" in refused.sentence
    session = stage.behind.settled(running.session)
    assert (session.how_ended, session.how_closed) == ("citizen", "complete")
    assert [part.chain_holds for part in stage.behind.parts(running.session)] == [True]


def test_while_the_rest_of_an_ended_session_is_sent_the_next_one_records(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = stage.relay()
    stage.grown(running, parts=1, beyond=10_000)
    first, free = running.session, threading.Event()
    append = Line.append

    def held_up(line: Line, location: str, offset: int, content: bytes, *, last: bool) -> int:
        if line.session_id == first:
            free.wait(60)
        return append(line, location, offset, content, last=last)

    monkeypatch.setattr(Line, "append", held_up)
    with stage.behind.database.as_role("intake") as conn:
        conn.execute("SELECT intake_live_stop(%s, 'silence')", [first])
    try:
        eventually(lambda: running.session != first, "the next session")
        stage.grown(running, parts=1, beyond=10_000)
        assert stage.behind.session(first).closed_at is None
    finally:
        free.set()
    running.relay.stop()
    assert not isinstance(running.ended(), EvidenceError)
    for session in (first, running.session):
        assert stage.behind.settled(session).how_closed == "complete"
        assert all(part.chain_holds for part in stage.behind.parts(session))
