"""Files of messages: through the carrier's API and our own front door, once, and to nowhere else."""

import base64
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from psycopg.errors import CheckViolation
from tusclient.uploader import Uploader
from twilio.request_validator import RequestValidator

from evidence.media.door import end_upload
from evidence.texting import incoming
from evidence.thread import once_of
from evidence.tips.link import UploadLink
from intake.texting.files import Fetcher, Settler
from intake.texting.permanence import Fate
from intake.texting.twilio import CarrierError, Twilio
from tests.intake.conftest import Intake, NewIntake
from tests.intake.texting.conftest import ERIN, FRANK, TOKEN, Errand, NewErrand, SmsDoor, Town
from tests.tipline.carrier.listener import Listener, listening
from tests.waiting import eventually
from tipline.carrier.message import Medium, Message
from tipline.carrier.refusals import RefusedError
from tipline.carrier.telling import incoming_form

PHOTO, FILM = ("image/jpeg", b"\xff\xd8jpeg" * 1000), ("video/3gpp", b"film" * 100_000)


@pytest.fixture
def front_door(new_intake: NewIntake) -> Iterator[Intake]:
    with new_intake(TIPLINE_PROOF_OF_WORK="off") as intake:
        yield intake


@pytest.fixture
def errand(new_errand: NewErrand, front_door: Intake) -> Errand:
    return new_errand(TIPLINE_SMS_FRONT_DOOR=front_door.url)


def fetch(errand: Errand, message: Message) -> None:
    Fetcher(errand.settings, errand.pool, errand.twilio).fetch(once_of(message.sid))


def state(errand: Errand) -> list[tuple[str, str | None]]:
    return [(row[0], row[1]) for row in errand.rows("SELECT state, sid FROM text_in ORDER BY at")]


def media(errand: Errand) -> list[int]:
    return [row[0] for row in errand.rows("SELECT bytes FROM media ORDER BY bytes")]


def as_sealed(errand: Errand) -> None:
    """What a worker does once the store has an original."""
    with errand.database.as_admin() as conn:
        conn.execute(
            "UPDATE media SET sha256 = sha256(id::text::bytea), object_key = id::text, state = 'sealed'"
        )


def test_files_come_in_by_tus_bound_to_the_tip_and_go_at_the_carrier_once_sealed(errand: Errand) -> None:
    message = errand.carrier.text(ERIN, "look", [PHOTO, FILM])
    errand.told(message)
    assert state(errand) == [("files", message.sid)]
    fetch(errand, message)
    assert media(errand) == [len(PHOTO[1]), len(FILM[1])]
    ((tip,),) = errand.rows("SELECT DISTINCT tip_id FROM media")
    assert errand.rows("SELECT id FROM tip") == [(tip,)]
    settler = Settler(errand.pool, errand.twilio)
    settler.let_go_of_sealed()
    assert len(message.media) == 2, "nothing is deleted before the store has it"
    as_sealed(errand)
    settler.let_go_of_sealed()
    assert message.media == []
    assert state(errand) == [("settle", message.sid)]
    assert list(errand.settings.scratch.iterdir()) == [], "no copy stays behind"


def test_fetched_twice_or_cut_off_at_any_step_it_is_one_file(errand: Errand) -> None:
    message = errand.carrier.text(ERIN, "", [PHOTO])
    errand.told(message)
    fetch(errand, message)
    for lost in (
        "UPDATE text_in SET state = 'files'",
        "UPDATE text_file SET upload_id = NULL; UPDATE text_in SET state = 'files'",
        "DELETE FROM text_file; UPDATE text_in SET state = 'files'",
    ):
        with errand.database.as_admin() as conn:
            conn.execute(lost)
        fetch(errand, message)
        assert media(errand) == [len(PHOTO[1])], lost
    assert state(errand) == [("sealing", message.sid)]


def test_a_file_is_known_here_before_its_bytes_are_sent(errand: Errand) -> None:
    """Sealed meanwhile, our front door would tell nobody of it any more."""
    message = errand.carrier.text(ERIN, "", [PHOTO])
    errand.told(message)
    with errand.database.as_admin() as conn:
        conn.execute("ALTER TABLE text_file ADD CONSTRAINT lost CHECK (upload_id IS NULL)")
    with pytest.raises(CheckViolation):
        fetch(errand, message)
    assert media(errand) == []
    with errand.database.as_admin() as conn:
        conn.execute("ALTER TABLE text_file DROP CONSTRAINT lost")
    fetch(errand, message)
    assert media(errand) == [len(PHOTO[1])]


def test_files_of_a_tip_that_was_taken_back_are_not_asked_for_ever(errand: Errand) -> None:
    message = errand.carrier.text(ERIN, "", [PHOTO])
    errand.told(message)
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE tip SET state = 'withdrawn'")
    fetch(errand, message)
    assert errand.rows("SELECT reason FROM text_file") == [("tip_ended",)]
    Settler(errand.pool, errand.twilio).let_go_of_sealed()
    assert message.media == [], "nor do they stay at the carrier"


def test_a_file_that_the_carrier_will_not_delete_keeps_no_other_there(
    errand: Errand, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, other = (errand.carrier.text(number, "", [PHOTO]) for number in (ERIN, FRANK))
    for message in (kept, other):
        errand.told(message)
        fetch(errand, message)
    as_sealed(errand)
    deletes = errand.carrier.delete_medium

    def will_not(message_sid: str, sid: str) -> None:
        if message_sid == kept.sid:
            raise RefusedError(409, 20009, "This message is still in progress.")
        deletes(message_sid, sid)

    monkeypatch.setattr(errand.carrier, "delete_medium", will_not)
    Settler(errand.pool, errand.twilio).let_go_of_sealed()
    assert state(errand) == [("sealing", kept.sid), ("settle", other.sid)]
    monkeypatch.undo()
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_in SET due_at = clock_timestamp()")
    Settler(errand.pool, errand.twilio).let_go_of_sealed()
    assert kept.media == []


def test_files_that_the_carrier_does_not_list_yet_are_waited_for(errand: Errand) -> None:
    message = errand.carrier.text(ERIN, "", [PHOTO])
    errand.told(message)
    late, message.media[:] = list(message.media), []
    for _ in range(5):
        fetch(errand, message)
    message.media.extend(late)
    fetch(errand, message)
    assert (media(errand), state(errand)) == ([len(PHOTO[1])], [("sealing", message.sid)])
    message.media.clear()
    with errand.database.as_admin() as conn:
        conn.execute("DELETE FROM text_file")
        conn.execute("UPDATE text_in SET state = 'files', attempts = 12")
    fetch(errand, message)
    assert state(errand) == [("sealing", message.sid)], "not for ever"


def test_a_list_that_lacks_some_of_the_files_is_not_taken_for_the_whole(errand: Errand) -> None:
    message = errand.carrier.text(ERIN, "", [PHOTO, FILM])
    errand.told(message)
    late = message.media.pop()
    fetch(errand, message)
    assert (media(errand), state(errand)) == ([len(PHOTO[1])], [("files", message.sid)])
    message.media.append(late)
    fetch(errand, message)
    assert (media(errand), state(errand)) == ([len(PHOTO[1]), len(FILM[1])], [("sealing", message.sid)])


def test_a_message_whose_files_are_never_listed_stays_at_the_carrier_and_is_looked_into_each_day(
    errand: Errand,
) -> None:
    message = errand.carrier.text(ERIN, "", [PHOTO, FILM])
    errand.told(message)
    late = message.media.pop()
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_in SET attempts = 12")
    fetch(errand, message)
    as_sealed(errand)
    settler = Settler(errand.pool, errand.twilio)
    settler.let_go_of_sealed()
    settler.delete_reconciled(datetime.now(UTC))
    assert state(errand) == [("kept", message.sid)]
    assert errand.carrier.newest_first() == [message]
    settler.look_again()
    assert state(errand) == [("kept", message.sid)], "not before a day is over"
    message.media.append(late)
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_in SET due_at = clock_timestamp()")
    settler.look_again()
    fetch(errand, message)
    as_sealed(errand)
    settler.let_go_of_sealed()
    assert (media(errand), state(errand)) == ([len(PHOTO[1]), len(FILM[1])], [("settle", message.sid)])


def test_a_message_that_is_gone_at_the_carrier_is_waited_for_no_longer(errand: Errand) -> None:
    message = errand.carrier.text(ERIN, "", [PHOTO, FILM])
    errand.told(message)
    errand.carrier.delete(message.sid)
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_in SET attempts = 12")
    fetch(errand, message)
    Settler(errand.pool, errand.twilio).let_go_of_sealed()
    assert state(errand) == [("settle", message.sid)]


def test_an_upload_that_ended_half_way_is_begun_again_and_nothing_is_deleted_meanwhile(
    errand: Errand, front_door: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SMS door was away for three days with half a file sent."""
    message = errand.carrier.text(ERIN, "", [PHOTO])
    errand.told(message)
    with monkeypatch.context() as cut:
        cut.setattr("intake.texting.files._CHUNK_BYTES", 1000)
        uploads = iter(range(3))
        send = Uploader.upload_chunk

        def dies(uploader: Uploader) -> None:
            if next(uploads, None) is None:
                raise OSError("the machine went down")
            send(uploader)

        cut.setattr(Uploader, "upload_chunk", dies)
        fetch(errand, message)
    ((upload_id,),) = errand.rows("SELECT upload_id FROM text_file")
    with errand.database.as_role("intake") as conn:
        assert end_upload(conn, upload_id, "expired")
    front_door.spool.remove(upload_id)
    settler = Settler(errand.pool, errand.twilio)
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_in SET state = 'sealing', due_at = clock_timestamp()")
    settler.let_go_of_sealed()
    assert len(message.media) == 1, "what is not sealed here stays there"
    with errand.database.as_admin() as conn:
        conn.execute("UPDATE text_in SET state = 'files'")
    fetch(errand, message)
    assert (media(errand), state(errand)) == ([len(PHOTO[1])], [("sealing", message.sid)])
    as_sealed(errand)
    settler.let_go_of_sealed()
    assert message.media == []


def test_a_file_that_is_refused_stays_at_the_carrier_and_keeps_none_of_the_others(
    errand: Errand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where its store refuses us, or is none that we know yet."""
    message = errand.carrier.text(ERIN, "", [PHOTO, FILM])
    errand.told(message)
    content = errand.carrier.content

    def refused(secret: str) -> Medium:
        if secret == message.media[0].secret:
            raise RefusedError(403, 20003, "Forbidden")
        return content(secret)

    monkeypatch.setattr(errand.carrier, "content", refused)
    fetch(errand, message)
    assert (media(errand), state(errand)) == ([len(FILM[1])], [("files", message.sid)])
    monkeypatch.undo()
    fetch(errand, message)
    assert (media(errand), state(errand)) == ([len(PHOTO[1]), len(FILM[1])], [("sealing", message.sid)])


def test_files_come_in_where_our_front_door_asks_for_a_proof_of_work(
    new_errand: NewErrand, new_intake: NewIntake
) -> None:
    """Behind a proxy that nobody named the whole city has one address, and so has the SMS door."""
    asks = {"TIPLINE_CLIENT_UPLOADS_PER_HOUR": "1", "TIPLINE_PROOF_BITS": "2"}
    with new_intake(**asks) as front_door:
        errand = new_errand(TIPLINE_SMS_FRONT_DOOR=front_door.url)
        message = errand.carrier.text(ERIN, "", [PHOTO, FILM])
        errand.told(message)
        fetch(errand, message)
        assert media(errand) == [len(PHOTO[1]), len(FILM[1])]


def test_a_message_whose_tip_is_full_goes_on_in_another(new_errand: NewErrand, new_intake: NewIntake) -> None:
    with new_intake(TIPLINE_PROOF_OF_WORK="off", TIPLINE_MAX_FILES_PER_TIP="2") as front_door:
        errand = new_errand(TIPLINE_SMS_FRONT_DOOR=front_door.url)
        first, second = (errand.carrier.text(ERIN, "", [PHOTO, FILM]) for _ in range(2))
        third = errand.carrier.text(ERIN, "", [PHOTO])
        for message in (first, second, third):
            errand.told(message)
        assert len(errand.rows("SELECT 1 FROM tip")) == 1
        for message in (first, second, third, second, third, third):
            fetch(errand, message)
        assert sorted(errand.rows("SELECT count(*) FROM media GROUP BY tip_id")) == [(1,), (2,), (2,)]
        assert {row[0] for row in state(errand)} == {"sealing"}


def test_files_that_are_being_fetched_are_not_asked_for_once_more(errand: Errand) -> None:
    message = errand.carrier.text(ERIN, "", [PHOTO])
    errand.told(message)
    with errand.pool.connection() as conn:
        assert incoming.claim(conn, once_of(message.sid))
        assert incoming.due(conn, ["files"]) == []


def test_what_fails_for_a_while_is_brought_in_later(errand: Errand, front_door: Intake) -> None:
    message = errand.carrier.text(ERIN, "", [PHOTO])
    errand.told(message)
    errand.carrier.down = True
    fetch(errand, message)
    errand.carrier.down = False
    front_door.stop()
    fetch(errand, message)
    assert errand.rows("SELECT state, attempts FROM text_in") == [("files", 2)]
    with errand.pool.connection() as conn:
        assert incoming.due(conn, ["files"]) == [], "not before its time"
    front_door.start()
    fetch(errand, message)
    assert media(errand) == [len(PHOTO[1])]


def test_a_file_that_the_carrier_lost_keeps_none_of_the_others(errand: Errand) -> None:
    message = errand.carrier.text(ERIN, "", [PHOTO, ("image/gif", b"")])
    errand.told(message)
    fetch(errand, message)
    assert media(errand) == [len(PHOTO[1])]
    assert errand.rows("SELECT reason FROM text_file WHERE upload_id IS NULL") == [("empty",)]
    as_sealed(errand)
    Settler(errand.pool, errand.twilio).let_go_of_sealed()
    assert state(errand) == [("settle", message.sid)]


def test_the_answer_holds_a_link_for_as_many_files_and_each_upload_uses_it_up(
    errand: Errand, front_door: Intake
) -> None:
    errand.told(errand.carrier.text(ERIN, "", [PHOTO, PHOTO]))
    errand.send_all()
    answer = eventually(lambda: errand.carrier.shown_on(ERIN), "the answer")[0].body
    assert "shrinks pictures" in answer
    code = answer.split("/u/")[1].split()[0]
    link = UploadLink.from_text(code.lower())
    token = base64.b64encode(base64.urlsafe_b64encode(link.token).rstrip(b"=")).decode()
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": f"tip {token}"}
    answers = [httpx.post(f"{front_door.url}/files/", headers=headers).status_code for _ in range(3)]
    assert answers == [201, 201, 429]


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as listener:
        yield listener


def corpus(listener: Listener) -> list[str]:
    """Addresses that a server must not ask on somebody's word."""
    port = listener.url.rpartition(":")[2]
    return [
        listener.url, f"http://localhost:{port}", f"http://127.1:{port}", f"http://2130706433:{port}",
        f"http://0x7f000001:{port}",
        f"http://[::1]:{port}", f"http://[::ffff:127.0.0.1]:{port}",
        f"http://0.0.0.0:{port}", f"http://api.twilio.com@127.0.0.1:{port}", f"https://127.0.0.1:{port}",
        "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://10.0.0.1/",
        "http://metadata.google.internal/", "file:///etc/passwd", "gopher://127.0.0.1:25/_MAIL",
        "ftp://127.0.0.1/",
        "dict://127.0.0.1:11211/",
        "//127.0.0.1/",
        "/../../etc/passwd",
        "\\\\127.0.0.1\\x",
        f"http://127.0.0.1:{port}/#@api.twilio.com", "https://api.twilio.com.evil.example/",
        "https://evil.example/?https://api.twilio.com",
        "https://ec2-1-2-3-4.compute-1.amazonaws.com/",
        "http://api.twilio.com/",
        "https://api.twilio.com:8443/",
        "data:image/png;base64,AAAA", "", " ", "\N{FULLWIDTH DIGIT ONE}27.0.0.1",
    ]  # fmt: skip


def test_no_address_in_a_webhook_is_ever_asked(town: Town, listener: Listener) -> None:
    """Signed, as by whoever has the token: the files are those that the API lists, here none."""
    with town.door() as door:
        for address in corpus(listener):
            post_with_media(door, address)
        messages = len(corpus(listener))
        eventually(
            lambda: door.rows("SELECT count(*) FROM text_in WHERE attempts > 0") == [(messages,)],
            "each was looked for at the carrier's API",
        )
        assert len(door.tips()) == 1
    assert listener.heard == []
    assert "Traceback" not in door.log.read_text()


def post_with_media(door: SmsDoor, address: str) -> None:
    at = datetime.now(UTC)
    message = Message(
        "MM" + secrets.token_hex(16), "inbound", ERIN, door.carrier.account.number, "x", "received",
        created=at, updated=at,
    )  # fmt: skip
    about = {"NumMedia": "1", "MediaUrl0": address, "MediaContentType0": "image/jpeg"}
    form = {**incoming_form(message, door.carrier.account), **about}
    signature = RequestValidator(TOKEN).compute_signature(f"{door.url}/sms", form)
    answer = httpx.post(f"{door.url}/sms", data=form, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200


def test_the_carrier_itself_leads_nowhere_but_to_its_own_stores(listener: Listener, tmp_path: Path) -> None:
    """Somebody between us and the API, or in it, answers with a redirection."""
    twilio = Twilio("AC" + "0" * 32, TOKEN, "+16015550100")
    for address in corpus(listener):
        with pytest.raises((CarrierError, ValueError)) as caught:
            twilio.elsewhere(address)
        assert getattr(caught.value, "fate", Fate.NEVER) is Fate.NEVER, address
    for address in (
        "https://api.twilio.com/x", "https://media.twiliocdn.com/AC1/1?x=y",
        "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/1",
    ):  # fmt: skip
        assert twilio.elsewhere(address) == address
