"""However a broadcast is cut off, by the signal, a crash, staff or the camera's owner: what came stays."""

import hashlib
import os
import secrets
import signal
from datetime import UTC, datetime, timedelta

import pytest

from evidence import cameras
from evidence.cameras import Consent, Terms
from evidence.thread import Receipt
from evidence.tips import door as tips
from evidence.tips.door import token_text
from tests.conftest import Database
from tests.intake.conftest import Intake, NewIntake
from tests.intake.live.conftest import Behind
from tests.intake.live.sender import Sender, SentPart
from tests.intake.tus.client import HalfSent
from tests.waiting import eventually

NOW = datetime.now(UTC)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def alone(intake: Intake, database: Database) -> Behind:
    """A door of this test's own."""
    return Behind(intake, database)


def half_sent(part: SentPart, content: bytes) -> HalfSent:
    """Send half of a request, whose other half never comes, and know that it has arrived."""
    part.record(content)
    return HalfSent(part.url, part.sent, 2 * len(content), content)


def arrived(behind: Behind, sender: Sender, part: SentPart) -> None:
    """Wait until the spool has all that was recorded; nobody is interrupted by it."""
    path = behind.intake.spool.bytes_path(behind.parts(sender.session)[part.sequence - 1].upload_id)
    eventually(lambda: path.stat().st_size == len(part.content), "the bytes' arrival")


def status(line: HalfSent) -> int:
    """The status with which a half-sent request was answered."""
    with line:
        return int(line.answer().split()[1])


def test_after_a_cut_the_rest_follows_and_nothing_is_missing(alone: Behind) -> None:
    sender = Sender.go(alone.intake.url)
    part = sender.part(1)
    part.send(secrets.token_bytes(5000))
    line = half_sent(part, secrets.token_bytes(4000))
    part.record(secrets.token_bytes(3000))
    line.reset()
    # What happens now goes first; what was recorded meanwhile follows behind.
    now = sender.part(2)
    now.send(secrets.token_bytes(100))
    part.resume()
    for one in (now, part):
        one.finish()
        assert sender.end_part(one).json() == {"chain_holds": True}
    sender.end(parts=2)
    alone.settled(sender.session)
    assert alone.stored(sender.session) == {1: digest(part.content), 2: digest(now.content)}


def test_a_killed_door_has_every_byte_and_its_successor_goes_on(alone: Behind) -> None:
    sender = Sender.go(alone.intake.url)
    part = sender.part(1)
    part.send(secrets.token_bytes(5000))
    line = half_sent(part, secrets.token_bytes(4000))
    arrived(alone, sender, part)
    alone.intake.stop(signal.SIGKILL)
    line.finish()
    alone.intake.start()
    assert part.tus.offset(part.url) == 9000
    assert sender.beat()["state"] == "live"
    part.sent = 9000
    part.send(secrets.token_bytes(10))
    part.finish()
    assert sender.end_part(part).json() == {"chain_holds": True}
    sender.end(parts=1)
    alone.settled(sender.session)
    assert alone.stored(sender.session) == {1: digest(part.content)}


def test_a_door_that_was_killed_before_it_settled_leaves_that_to_the_next(alone: Behind) -> None:
    sender = Sender.go(alone.intake.url)
    part = sender.part(1)
    part.send(secrets.token_bytes(5000))
    alone.intake.stop(signal.SIGKILL)
    alone.close(sender.session)
    alone.intake.start()
    alone.settled(sender.session)
    assert alone.stored(sender.session) == {1: digest(part.content)}


def test_staff_stop_a_broadcast_in_the_middle_of_a_request_and_keep_its_bytes(behind: Behind) -> None:
    sender = Sender.go(behind.intake.url)
    part, empty = sender.part(1), sender.part(2)
    part.send(secrets.token_bytes(5000))
    line = half_sent(part, secrets.token_bytes(4000))
    arrived(behind, sender, part)
    behind.close(sender.session)
    assert status(line) == 423
    eventually(lambda: behind.stored(sender.session), "the part's becoming a media")
    assert behind.stored(sender.session) == {1: digest(part.content)}
    part.sent = len(part.content)
    for answer in (part.send(b"more"), sender.ask_part(3), empty.send(b"film")):
        assert (answer.status_code, answer.json()["code"]) in {(410, "live_closed"), (410, "upload_ended")}
    eventually(lambda: part.tus.head(part.url).headers.get("upload-offset") == "9000", "the offset")
    beat = sender.beat()
    assert (beat["state"], beat["how"]) == ("closed", "staff")
    # The sender may still say what it recorded: more of it than came.
    part.record(b"never sent")
    assert sender.end_part(part).json() == {"chain_holds": False}


def test_a_process_that_was_frozen_adds_nothing_to_what_another_has_closed(
    new_intake: NewIntake, database: Database
) -> None:
    with new_intake() as frozen, new_intake() as other:
        behind = Behind(other, database)
        sender = Sender.go(frozen.url)
        part = sender.part(1)
        line = half_sent(part, secrets.token_bytes(4000))
        arrived(behind, sender, part)
        assert frozen.process is not None
        frozen.process.send_signal(signal.SIGSTOP)
        try:
            behind.close(sender.session)
            behind.settled(sender.session)
            line.socket.sendall(bytes(4000))
        finally:
            frozen.process.send_signal(signal.SIGCONT)
        assert status(line) in (410, 423)
        assert behind.stored(sender.session) == {1: digest(part.content)}


@pytest.fixture
def consent(behind: Behind) -> tuple[Consent, str]:
    """A camera's consent, and the token of a relay."""
    with behind.database.as_role("operator") as conn:
        camera = cameras.add(
            conn, name=secrets.token_hex(4), place="Main St", owner="Alice", actor="operator"
        )
        terms = Terms(bytes(32), "The corner", NOW - timedelta(days=1), NOW + timedelta(days=1))
        given = cameras.give(conn, camera, terms, actor="operator")
        grant = cameras.grant(conn, given.id, until=terms.valid_until, actor="operator")
    return given, token_text(grant.token)


def test_a_revoked_consent_ends_a_camera_in_the_middle_of_a_request(
    behind: Behind, consent: tuple[Consent, str]
) -> None:
    given, token = consent
    sender = Sender.go(behind.intake.url, relay=token)
    assert "receipt" not in sender.opened
    part = sender.part(1)
    line = half_sent(part, secrets.token_bytes(4000))
    arrived(behind, sender, part)
    with behind.database.as_role("operator") as conn:
        cameras.revoke(conn, given.id, actor="operator")
    assert status(line) == 423
    eventually(lambda: behind.stored(sender.session), "the part's becoming a media")
    assert behind.stored(sender.session) == {1: digest(part.content)}
    assert (sender.beat()["state"], sender.beat()["how"]) == ("closed", "consent")
    refused = sender.ask_part(2)
    assert (refused.status_code, refused.json()["code"]) == (410, "live_closed")


def test_a_tip_taken_back_takes_its_broadcast_along(behind: Behind) -> None:
    sender = Sender.go(behind.intake.url)
    part = sender.part(1)
    line = half_sent(part, secrets.token_bytes(4000))
    arrived(behind, sender, part)
    with behind.database.as_role("intake") as conn:
        assert tips.withdraw(conn, Receipt.from_words(sender.opened["receipt"]))
    assert status(line) in (410, 423)
    path = behind.intake.spool.bytes_path(behind.parts(sender.session)[0].upload_id)
    eventually(lambda: not path.exists(), "the bytes' going")
    assert behind.stored(sender.session) == {}
    assert part.tus.head(part.url).status_code == 410
    assert (sender.beat()["state"], sender.beat()["how"]) == ("closed", "citizen")


def test_a_part_nobody_comes_back_for_is_kept_when_it_expires(alone: Behind) -> None:
    sender = Sender.go(alone.intake.url)
    part, empty = sender.part(1), sender.part(2)
    part.send(secrets.token_bytes(5000))
    # A length that never came true, since the request that told it was cut.
    line = HalfSent(part.url, 5000, 700, b"x" * 7, "Upload-Length: 5700\r\n")
    part.record(b"x" * 7)
    arrived(alone, sender, part)
    line.reset()
    alone.intake.stop()
    long_ago = (NOW - timedelta(days=9)).timestamp()
    for one in alone.parts(sender.session):
        os.utime(alone.intake.spool.bytes_path(one.upload_id), (long_ago, long_ago))
    alone.intake.start()
    eventually(lambda: alone.stored(sender.session), "the part's becoming a media")
    assert alone.stored(sender.session) == {1: digest(part.content)}
    eventually(lambda: alone.parts(sender.session)[1].settled, "the empty part's end")
    assert empty.tus.head(empty.url).status_code == 410


def test_a_sender_that_falls_silent_has_ended_and_may_still_bring_the_rest(
    new_intake: NewIntake, database: Database
) -> None:
    with new_intake(TIPLINE_LIVE_SILENCE_SECONDS="1") as intake:
        behind = Behind(intake, database)
        sender = Sender.go(intake.url)
        part = sender.part(1)
        part.send(b"film")
        eventually(lambda: behind.session(sender.session).state == "ended", "the silence")
        assert behind.session(sender.session).how == "silence"
        assert sender.beat()["state"] == "ended"
        backlog = sender.part(2)
        for one in (part, backlog):
            one.send(b"more")
            one.finish()
        sender.end(parts=2)
        assert behind.settled(sender.session).how == "silence"
        assert behind.stored(sender.session) == {1: digest(b"filmmore"), 2: digest(b"more")}
