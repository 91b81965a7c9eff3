"""A part's bytes are handed out as they come in, to who may watch it, until it is over."""

from pathlib import Path
from uuid import UUID

import httpx
import pytest

from evidence import ledger
from evidence.live.indexing import index_for
from evidence.spool import Spool
from tests.evidence.live.recordings import webm
from tests.waiting import eventually
from tests.web.console.broadcasting import Broadcast
from tests.web.console.conftest import Running


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return webm(tmp_path_factory.mktemp("films") / "a.webm", seconds=4)


@pytest.fixture
def broadcast(running: Running, spool_dir: Path) -> Broadcast:
    """Erin is live, and has begun the first part."""
    broadcast = Broadcast(running.town, Spool(spool_dir), running.town.tip("a fire"))
    broadcast.begins(1)
    return broadcast


def watching(running: Running, broadcast: Broadcast, name: str = "alice") -> httpx.Client:
    client = running.signed_in(name)
    assert client.post(f"/live/{broadcast.id}/watch").status_code == 204
    return client


def test_what_comes_is_handed_on_and_the_end_ends_it(
    running: Running, broadcast: Broadcast, film: bytes
) -> None:
    alice = watching(running, broadcast)
    with alice.stream("GET", f"/live/{broadcast.id}/parts/1/bytes?from=0") as answer:
        assert answer.status_code == 200
        pieces = answer.iter_raw()
        got = b""
        for start in range(0, len(film), 40_000):
            broadcast.sends(1, film[start : start + 40_000])
            while len(got) < min(len(film), start + 40_000):
                got += next(pieces)
        assert got == film
        broadcast.ends_part(1)
        assert b"".join(pieces) == b""


def test_who_comes_late_begins_at_the_last_key_picture(
    running: Running, broadcast: Broadcast, film: bytes
) -> None:
    broadcast.sends(1, film[:-1000])
    alice = watching(running, broadcast)
    base = f"/live/{broadcast.id}/parts/1"
    told = alice.get(f"{base}/join").json()
    index = index_for("video/webm")
    while index.take(film[index.wants : len(film) - 1000]):
        pass
    mark = index.join()
    assert mark
    assert told == {"init": index.found.init_end, "join": mark.offset, "time_ms": mark.time_ms}
    with alice.stream("GET", f"{base}/bytes?at=live") as answer:
        assert int(answer.headers["Live-Init"]) == told["init"]
        assert int(answer.headers["Live-Offset"]) == told["join"] - told["init"]
        broadcast.sends(1, film[-1000:])
        broadcast.ends_part(1)
        assert answer.read() == film[: told["init"]] + film[told["join"] :]
    back = alice.get(f"{base}/join?at=1500").json()
    assert back["time_ms"] == 1000
    assert alice.get(f"{base}/bytes?from={len(film) - 5}").content == film[-5:]


def test_once_sealed_it_comes_out_of_the_store(
    running: Running, broadcast: Broadcast, film: bytes, spool_dir: Path
) -> None:
    broadcast.sends(1, film)
    alice = watching(running, broadcast)
    base = f"/live/{broadcast.id}/parts/1"
    before = alice.get(f"{base}/join?at=2000").json()
    broadcast.ends_part(1)
    broadcast.seals(1, broadcast.arrives(1))
    assert not list(spool_dir.glob("*.bytes"))
    assert alice.get(f"{base}/join?at=2000").json() == before
    assert alice.get(f"{base}/bytes?from=7").content == film[7:]
    assert alice.get(f"{base}/bytes?at=2000").content == film[: before["init"]] + film[before["join"] :]


def test_it_is_for_those_whom_the_ledger_has_watching(running: Running, broadcast: Broadcast) -> None:
    address = f"/live/{broadcast.id}/parts/1/bytes"
    alice, dave = running.signed_in(), running.signed_in("dave", "auditor")
    assert alice.get(address).json()["code"] == "not_opened"
    assert running.client().get(address).status_code == 401
    for path in (address, f"/live/{broadcast.id}/parts/1/join"):
        assert dave.get(path).status_code == 403
    assert dave.post(f"/live/{broadcast.id}/watch").status_code == 403
    assert dave.get("/live").status_code == 200
    for _ in range(2):
        assert alice.post(f"/live/{broadcast.id}/watch").status_code == 204
    assert alice.get(f"/live/{broadcast.id}/parts/2/bytes").json()["code"] == "unknown_part"
    assert alice.get(f"{address}?from=-1").json()["code"] == "bad_place"
    with running.town.database.as_role("console") as conn:
        kinds = [entry.kind for entry in ledger.history(conn, broadcast.tip_id)]
    assert kinds.count("live_watched") == 1


def test_who_signs_out_is_cut_off(running: Running, broadcast: Broadcast, film: bytes) -> None:
    running.console.following.look_seconds = 0.1
    broadcast.sends(1, film[:1000])
    alice = watching(running, broadcast)
    with alice.stream("GET", f"/live/{broadcast.id}/parts/1/bytes?from=0") as answer:
        pieces = answer.iter_raw()
        assert next(pieces) == film[:1000]
        alice.post("/signout")
        with running.town.database.as_admin() as conn:
            conn.execute("DELETE FROM console_session")
        with pytest.raises(httpx.RemoteProtocolError):
            next(pieces)


def test_who_watches_a_tip_that_is_taken_back_is_cut_off(
    running: Running, broadcast: Broadcast, film: bytes
) -> None:
    running.console.following.look_seconds = 0.1
    broadcast.sends(1, film[:1000])
    alice = watching(running, broadcast)
    with alice.stream("GET", f"/live/{broadcast.id}/parts/1/bytes?from=0") as answer:
        pieces = answer.iter_raw()
        assert next(pieces)
        running.town.withdraws(broadcast.tip_id)
        with pytest.raises(httpx.RemoteProtocolError):
            next(pieces)
    assert alice.get(f"/live/{broadcast.id}/parts/1/bytes").json()["code"] == "withdrawn"


def test_many_follow_one_file_with_one_reader(running: Running, broadcast: Broadcast, film: bytes) -> None:
    alice = watching(running, broadcast)
    tails = running.console.following.tails
    assert tails
    lines = [
        alice.send(alice.build_request("GET", f"/live/{broadcast.id}/parts/1/bytes?from=0"), stream=True)
        for _ in range(8)
    ]
    assert len(tails.open) == 1
    assert tails.open[broadcast.parts[1]].followers == 8
    broadcast.sends(1, film)
    broadcast.ends_part(1)
    assert all(line.read() == film for line in lines)
    eventually(lambda: not tails.open)


def stop_of(running: Running, session_id: UUID) -> int:
    return running.signed_in("carol", "supervisor").post(f"/live/{session_id}/close").status_code


def test_a_sender_that_is_gone_makes_way_for_those_who_are_there(
    running: Running, broadcast: Broadcast, spool_dir: Path
) -> None:
    other = Broadcast(running.town, Spool(spool_dir), running.town.tip("smoke"))
    alice = running.signed_in("alice")

    def wall() -> list[int]:
        told = alice.get("/live").text
        return [told.index(f'id="live-{one.id}"') for one in (broadcast, other)]

    assert wall() == sorted(wall()), "the oldest first"
    with running.town.database.as_admin() as conn:
        conn.execute(
            "UPDATE live_session SET beat_at = beat_at - interval '2 min' WHERE id = %s", [broadcast.id]
        )
    assert wall() == sorted(wall(), reverse=True)
    assert 120 <= alice.get(f"/live/{broadcast.id}/state").json()["silent_seconds"] < 240
    assert "It ends by itself" in alice.get(f"/live/{broadcast.id}").text


def test_the_kill_switch_keeps_what_came(running: Running, broadcast: Broadcast, film: bytes) -> None:
    broadcast.sends(1, film)
    alice = watching(running, broadcast)
    assert stop_of(running, broadcast.id) in (204, 303)
    assert alice.get(f"/live/{broadcast.id}/state").json()["state"] == "closed"
    with alice.stream("GET", f"/live/{broadcast.id}/parts/1/bytes?from=0") as answer:
        pieces, got = answer.iter_raw(), b""
        while len(got) < len(film):
            got += next(pieces)
    assert got == film
