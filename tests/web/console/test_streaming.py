"""Derivatives from a real store: ranges, validators, and nobody who did not open them first."""

import hashlib
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest

from evidence import ledger
from tests.web.console.conftest import Running
from tests.web.console.town import Town, random_bytes


def content(derivative_id: UUID) -> str:
    return f"/media/{derivative_id}/content"


@pytest.fixture
def clip(town: Town) -> tuple[UUID, UUID, bytes]:
    """A clip of 5 MB in the store: its media, its playback copy and that copy's bytes."""
    tip_id, body = town.tip("what"), random_bytes(5_000_000)
    media_id = town.receive(tip_id, "a.mp4", body)
    town.seal(media_id, body)
    town.inspect(media_id, "video", "video/mp4", {"seconds": 4})
    town.poster(media_id, 1)
    path = Path(town.root / f"copy-{media_id}")
    path.write_bytes(body)
    return media_id, town.derive(media_id, "watch", "done", "playback", path, "video/mp4"), body


@pytest.fixture
def viewer(running: Running, clip: tuple[UUID, UUID, bytes]) -> httpx.Client:
    """Alice, who has opened the clip."""
    client = running.signed_in()
    assert client.post(f"/media/{clip[0]}/open").status_code == 204
    return client


def test_the_whole_comes_bit_for_bit(viewer: httpx.Client, clip: tuple[UUID, UUID, bytes]) -> None:
    _, copy, body = clip
    answer = viewer.get(content(copy))
    assert (answer.status_code, answer.content == body) == (200, True)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == "5000000"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"] == f'"{hashlib.sha256(body).hexdigest()}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=4999990-", 4999990, 4999999),
        ("bytes=-7", 4999993, 4999999),
        ("bytes=1048570-3145730", 1048570, 3145730),
    ],
)
def test_a_range_comes_alone(
    viewer: httpx.Client, clip: tuple[UUID, UUID, bytes], asked: str, first: int, last: int
) -> None:
    _, copy, body = clip
    answer = viewer.get(content(copy), headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/5000000"
    assert answer.content == body[first : last + 1]


def test_a_range_outside_is_416(viewer: httpx.Client, clip: tuple[UUID, UUID, bytes]) -> None:
    answer = viewer.get(content(clip[1]), headers={"Range": "bytes=5000000-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */5000000")


def test_validators(viewer: httpx.Client, clip: tuple[UUID, UUID, bytes]) -> None:
    url = content(clip[1])
    etag = viewer.head(url).headers["ETag"]
    assert viewer.get(url, headers={"If-None-Match": etag}).status_code == 304
    assert viewer.get(url, headers={"Range": "bytes=0-9", "If-Range": etag}).status_code == 206
    assert viewer.get(url, headers={"Range": "bytes=0-9", "If-Range": '"another"'}).status_code == 200
    head = viewer.head(url, headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.headers["Content-Length"], head.content) == (206, "10", b"")


def test_a_player_that_leaves_early_leaves_the_console_well(
    viewer: httpx.Client, clip: tuple[UUID, UUID, bytes]
) -> None:
    for _ in range(20):
        with viewer.stream("GET", content(clip[1])) as answer:
            assert len(next(answer.iter_bytes(1000))) == 1000
    assert viewer.get(content(clip[1]), headers={"Range": "bytes=0-9"}).status_code == 206


def test_nothing_plays_before_it_is_opened(running: Running, clip: tuple[UUID, UUID, bytes]) -> None:
    media_id, copy, _ = clip
    alice, bob = running.signed_in("alice"), running.signed_in("bob")
    assert alice.post(f"/media/{media_id}/open").status_code == 204
    assert alice.get(content(copy), headers={"Range": "bytes=0-9"}).status_code == 206
    refused = bob.get(content(copy))
    assert (refused.status_code, refused.json()["code"]) == (409, "not_opened")
    again = running.signed_in("alice")
    assert again.get(content(copy)).status_code == 409, "an opening counts for its own session only"


def test_each_opening_is_one_entry_however_many_ranges(
    running: Running, viewer: httpx.Client, clip: tuple[UUID, UUID, bytes]
) -> None:
    media_id, copy, _ = clip
    for start in range(0, 1_000_000, 100_000):
        viewer.get(content(copy), headers={"Range": f"bytes={start}-{start + 9}"})
    assert viewer.post(f"/media/{media_id}/open").status_code == 204
    with running.town.database.as_role("console") as conn:
        row = conn.execute("SELECT tip_id FROM media WHERE id = %s", [media_id]).fetchone()
        assert row
        viewed = [e for e in ledger.history(conn, row[0]) if e.kind == "viewed"]
    assert len(viewed) == 2
    assert all(e.actor.startswith("reviewer:") and e.details == {"media": str(media_id)} for e in viewed)


def test_a_poster_needs_no_opening_but_a_role(running: Running, town: Town) -> None:
    media_id = town.receive(town.tip("what"), "a.mp4", b"film")
    town.seal(media_id, b"film")
    town.inspect(media_id, "video", "video/mp4", {})
    poster = town.poster(media_id, 3)
    assert running.signed_in("alice").get(content(poster)).headers["Content-Type"] == "image/jpeg"
    assert running.signed_in("dave", "auditor").get(content(poster)).status_code == 403
    assert running.client().get(content(poster)).status_code == 401


def test_what_is_not_there_is_not_found(running: Running, town: Town) -> None:
    alice = running.signed_in()
    assert alice.get(content(uuid4())).status_code == 404
    assert alice.get("/media/not-an-id/content").status_code == 404
    assert alice.post(f"/media/{uuid4()}/open").status_code == 404
    media_id = town.receive(town.tip("what"), "a.mp4", b"text")
    town.seal(media_id, b"text")
    town.quarantine(media_id, "not_media", "This is text.")
    assert alice.post(f"/media/{media_id}/open").status_code == 409
