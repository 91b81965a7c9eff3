"""A broadcast from its consent to its media: bytes are those that were recorded, whatever was asked twice."""

import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import httpx
import pytest
from nacl.public import PrivateKey

from evidence.live import link, prompt
from evidence.thread import Receipt
from evidence.tips.door import token_text
from tests.intake.live.conftest import STAFF, Behind
from tests.intake.live.sender import CHUNK, Sender, ask


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_parts_become_media_of_a_tip_that_nine_words_open(behind: Behind) -> None:
    sender = Sender.go(behind.intake.url)
    assert sender.opened["limits"]["patch_bytes"] == CHUNK
    first, second = sender.part(1), sender.part(2)
    for part in (first, second):
        for _ in range(3):
            assert part.send(secrets.token_bytes(1000)).status_code == 204
        assert part.finish().status_code == 204
        assert sender.end_part(part).json() == {"chain_holds": True}
    place = sender.part(3, kind="place")
    place.send(b'{"t":1}\n')
    place.finish()
    sender.end_part(place)
    assert sender.end(parts=3).json()["state"] == "ended"
    assert behind.settled(sender.session).how_closed == "complete"
    assert behind.stored(sender.session) == {
        part.sequence: digest(part.content) for part in (first, second, place)
    }
    stands = behind.session(sender.session)
    assert (stands.state, stands.how, stands.place, stands.parts) == ("closed", "citizen", True, 3)
    assert [part.chain_holds for part in behind.parts(sender.session)] == [True] * 3
    kinds = behind.kinds(sender.session)
    assert kinds[:3] == ["opened", "live_opened", "live_part"]
    assert {"live_part_ended", "received", "live_ended", "live_closed"} <= set(kinds)
    with behind.database.as_admin() as conn:
        lookup = Receipt.from_words(sender.opened["receipt"]).lookup_sha256
        opened = conn.execute("SELECT id, channel FROM tip WHERE receipt_lookup = %s", [lookup]).fetchone()
    assert opened == (stands.tip_id, "live")


def test_lost_answers_are_asked_for_again(behind: Behind) -> None:
    key = secrets.token_urlsafe(24)
    with ThreadPoolExecutor(4) as together:
        answers = list(together.map(lambda _: ask(behind.intake.url, key), range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    sender = Sender(behind.intake.url, answers[0].json())
    with ThreadPoolExecutor(4) as together:
        places = list(together.map(lambda n: sender.ask_part(n % 2 + 1).json()["location"], range(8)))
    assert len(set(places)) == 2
    assert [part.sequence for part in behind.parts(sender.session)] == [1, 2]
    part = sender.part(1)
    part.send(b"film")
    for _ in range(2):
        assert part.finish().status_code == 204
        assert sender.end_part(part).json() == {"chain_holds": True}
    assert [sender.end(parts=2).json()["state"] for _ in range(2)] == ["ended", "ended"]
    assert ask(behind.intake.url, key, language="es").json()["session"] != sender.session


def test_words_and_links_lead_to_a_tip_that_is_there_and_a_link_once(behind: Behind) -> None:
    first = Sender.go(behind.intake.url)
    tip = behind.session(first.session).tip_id
    again = Sender.go(behind.intake.url, receipt=first.opened["receipt"].upper())
    assert behind.session(again.session).tip_id == tip
    assert "receipt" not in again.opened
    codes: list[str] = []

    def issue(conn: object) -> None:
        until = datetime.now(UTC) + timedelta(hours=1)
        codes.append(link.issue(conn, tip, until=until, actor=STAFF).code)  # type: ignore[arg-type]

    behind.as_staff(issue)
    key = secrets.token_urlsafe(24)
    answers = [ask(behind.intake.url, key, link=codes[0].lower()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert behind.session(answers[0].json()["session"]).tip_id == tip
    used = ask(behind.intake.url, link=codes[0])
    assert (used.status_code, used.json()["code"]) == (410, "link_used")
    unknown = ask(behind.intake.url, receipt=Receipt.new().words)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_tip")


def test_so_does_a_pass_of_whoever_opened_the_tip_and_none_for_so_many_files(behind: Behind) -> None:
    first = Sender.go(behind.intake.url)
    tip = behind.session(first.session).tip_id
    now = datetime.now(UTC)
    for name, files, until, status in (
        ("as many as a tip takes", None, now + timedelta(hours=1), 201),
        ("over", None, now - timedelta(hours=1), 404),
        ("three files", 3, now + timedelta(hours=1), 404),
    ):
        token = hashlib.sha256(name.encode()).digest()
        with behind.database.as_admin() as conn:
            kept = [hashlib.sha256(token).digest(), tip, until, files]
            conn.execute("INSERT INTO upload_pass VALUES (%s, %s, %s, %s)", kept)
        answer = ask(behind.intake.url, tip=token_text(token))
        assert answer.status_code == status, name
        if status == 201:
            assert behind.session(answer.json()["session"]).tip_id == tip


def test_what_staff_ask_reaches_the_sender_and_nobody_else(behind: Behind) -> None:
    sender, agency = Sender.go(behind.intake.url), PrivateKey.generate()
    stands = behind.session(sender.session)

    def pan(conn: object) -> None:
        prompt.send(conn, stands, "Please pan left", actor=STAFF, agency_public_key=bytes(agency.public_key))  # type: ignore[arg-type]

    behind.as_staff(pan)
    assert sender.beat()["prompts"] == [{"sequence": 1, "text": "Please pan left"}]
    assert sender.beat()["prompts"] == [{"sequence": 1, "text": "Please pan left"}]
    behind.as_staff(pan)
    assert [asked["sequence"] for asked in sender.beat(delivered=1)["prompts"]] == [2]
    assert sender.beat(delivered=2, seen=1)["prompts"] == []
    with behind.database.as_role("console") as conn:
        kept = prompt.prompts_of(conn, UUID(sender.session))
    assert [(one.delivered_at is not None, one.seen_at is not None) for one in kept] == [
        (True, True),
        (True, False),
    ]
    assert prompt.open_prompt(bytes(agency), kept[0].sealed_agency) == "Please pan left"
    told = [kind for kind in behind.kinds(sender.session) if kind.startswith("live_prompt")]
    assert sorted(told) == ["live_prompt"] * 2 + ["live_prompt_delivered"] * 2 + ["live_prompt_seen"]
    with behind.database.as_admin() as admin:
        rows = str(admin.execute("SELECT p::text FROM live_prompt p").fetchall())
    assert "pan left" not in rows


def test_a_beat_tells_staff_how_far_behind_the_sender_is(behind: Behind) -> None:
    sender = Sender.go(behind.intake.url)
    beat = sender.beat()
    assert (beat["state"], beat["how"]) == ("live", None)
    assert 0 < beat["ends_in_s"] <= 30 * 60
    stands = behind.session(sender.session)
    assert (stands.behind_ms, stands.pending_bytes, stands.visible) == (120, 0, True)


@pytest.mark.parametrize(
    ("path", "content", "status", "code"),
    [
        ("live", {"terms": "yes"}, 400, "live_member"),
        ("live", {"terms": "0" * 64, "receipt": "a", "link": "b"}, 400, "live_member"),
        ("live", {"terms": "0" * 64, "receipt": "nine words"}, 400, "receipt_words"),
        ("live", {"terms": "0" * 64, "link": "short"}, 410, "link_used"),
        ("live", {"relay": "A" * 43}, 403, "consent_not_given"),
        ("live", {"terms": "0" * 64, "tip": "A" * 43}, 404, "unknown_tip"),
        ("live/beat", {"behind_ms": 0}, 404, "unknown_live"),
        ("live/parts", {"sequence": 1}, 404, "unknown_live"),
        ("live/parts/1/end", {}, 404, "unknown_live"),
        ("live/end", {"parts": 1}, 404, "unknown_live"),
        ("live/nothing", {}, 404, "not_found"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    behind: Behind, path: str, content: dict[str, object], status: int, code: str
) -> None:
    answer = httpx.post(f"{behind.intake.url}/{path}", json=content, verify=False)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize(
    "wrong",
    [
        {"sequence": 0}, {"sequence": 1.5}, {"sequence": 10**9}, {"kind": "sound"}, {"mime": "video webm"},
        {"mime": "video/webm\r\nX: y"}, {"began_ms": -1}, {"began_ms": 10**18}, {"why": "because"},
    ],
)  # fmt: skip
def test_a_part_that_makes_no_sense_is_not_opened(behind: Behind, wrong: dict[str, object]) -> None:
    sender = Sender.go(behind.intake.url)
    right = {"sequence": 1, "kind": "film", "mime": "video/webm", "began_ms": 1, "why": "start"}
    answer = sender.say("parts", **{**right, **wrong})
    assert (answer.status_code, answer.json()["code"]) == (400, "live_member")
    assert behind.parts(sender.session) == []


def test_a_chain_that_does_not_fit_is_noted_as_such(behind: Behind) -> None:
    sender = Sender.go(behind.intake.url)
    part = sender.part(1)
    part.send(b"as recorded")
    assert sender.end_part(part).json()["code"] == "part_unfinished"
    part.finish()
    assert sender.say("parts/1/end", **{**part.told, "lengths": [1]}).json()["code"] == "live_member"
    part.chunks = [b"another"]
    assert sender.end_part(part).json() == {"chain_holds": False}
    assert behind.parts(sender.session)[0].chain_holds is False
    assert sender.say("parts/7/end", **part.told).status_code == 404


def test_a_part_is_not_deleted_and_takes_small_requests_only(behind: Behind) -> None:
    sender = Sender.go(behind.intake.url)
    part = sender.part(1)
    big = part.send(bytes(CHUNK + 1))
    assert (big.status_code, big.json()["code"]) == (413, "live_chunk")
    part.chunks.clear()
    assert part.send(bytes(CHUNK)).status_code == 204
    kept = part.tus.delete(part.url)
    assert (kept.status_code, kept.json()["code"]) == (403, "live_stays")
    assert part.tus.offset(part.url) == CHUNK


def test_a_sender_that_is_elsewhere_is_told_where_the_part_is(behind: Behind) -> None:
    part = Sender.go(behind.intake.url).part(1)
    part.send(b"film")
    part.sent = 0
    answer = part.send()
    assert (answer.status_code, answer.headers["upload-offset"]) == (409, "4")
