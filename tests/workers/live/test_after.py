"""After a broadcast, by real workers over a real store: one film with its gaps, its frames and its places."""

import json
import subprocess
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from uuid import UUID
from xml.etree.ElementTree import fromstring

import av
import pytest
from PIL import Image

from evidence import ledger
from evidence.live import after
from evidence.media import Derivative, derivatives_of
from tests.media.making import FFMPEG
from tests.waiting import eventually
from tests.workers.conftest import PATIENCE, Site
from tests.workers.live.broadcast import NOON, Broadcast, go_live


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Two seconds as a browser's recorder gives them out: no duration, no index; wide, with sound."""
    return _record(
        tmp_path_factory.mktemp("film"), "testsrc2=s=320x180:r=15", "-f lavfi -i sine=440 -c:a libopus"
    )


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """One second of a phone that was turned upright, without sound."""
    return _record(tmp_path_factory.mktemp("turned"), "mandelbrot=s=180x320:r=15", "", seconds=1)


def _record(folder: Path, picture: str, sound: str, seconds: int = 2) -> bytes:
    path = folder / "part.webm"
    command = f"{FFMPEG} -v error -f lavfi -i {picture} {sound} -t {seconds} -c:v libvpx -deadline realtime"
    subprocess.run([*command.split(), "-live", "1", "-f", "webm", str(path)], check=True)
    return path.read_bytes()


def derivatives(site: Site, *media_ids: UUID) -> list[Derivative]:
    with site.database.as_role("operator") as conn:
        return derivatives_of(conn, media_ids)


def kinds(broadcast: Broadcast) -> list[str]:
    with broadcast.site.database.as_role("operator") as conn:
        return [entry.kind for entry in ledger.history(conn, broadcast.tip)]


def test_parts_become_one_film_and_what_is_missing_is_seen(site: Site, film: bytes, turned: bytes) -> None:
    broadcast = go_live(site)
    first = broadcast.send(film, 0)
    # What was live came first, and the backlog behind it.
    third = broadcast.send(film, 5_000)
    second = broadcast.send(turned, 2_010)
    broadcast.end()
    with site.worker():
        eventually(lambda: broadcast.finished, PATIENCE)
    (joined,) = [made for made in derivatives(site, first, second, third) if made.kind == "joined"]
    assert joined.media_id == first
    places = joined.facts["places"]
    assert [place.get("part", "gap") for place in places] == [1, 3, "gap", 2]
    (gap,) = [place for place in places if "missing_ms" in place]
    assert gap["missing_ms"] == pytest.approx(1_950, abs=100)
    with av.open(BytesIO(site.bytes_of(joined))) as container:
        picture = container.streams.video[0]
        assert (picture.width, picture.height) == (320, 180)
        assert len(container.streams.audio) == 1
        shown = [float(frame.time or 0) for frame in container.decode(picture)]
    assert shown == sorted(shown)
    assert shown[-1] == pytest.approx(joined.facts["seconds"], abs=0.3)
    assert joined.facts["seconds"] == pytest.approx(7, abs=0.3)
    # No hole is longer than a picture of the grid.
    assert max(later - earlier for earlier, later in pairwise(shown)) < 0.3
    assert kinds(broadcast).count("derived") == len(derivatives(site, first, second, third))


def test_one_part_alone_is_not_joined(site: Site, film: bytes) -> None:
    broadcast = go_live(site)
    media = broadcast.send(film, 0)
    broadcast.end()
    with site.worker():
        eventually(lambda: broadcast.finished, PATIENCE)
    assert "joined" not in {made.kind for made in derivatives(site, media)}


def test_a_marked_moment_is_cut_from_the_original_and_one_beyond_it_is_told(site: Site, film: bytes) -> None:
    broadcast = go_live(site)
    media = broadcast.send(film, 0)
    with site.database.as_role("console") as conn:
        for at_ms in (1_200, 60_000):
            after.mark_moment(conn, broadcast.session, 1, at_ms, actor=f"reviewer:{UUID(int=1)}")

    def marks() -> list[tuple[int, UUID | None, bool]]:
        with site.database.as_admin() as conn:
            return conn.execute(
                "SELECT at_ms, derivative_id, given_up FROM live_snapshot ORDER BY at_ms"
            ).fetchall()

    def cut() -> bool:
        return all(derivative_id or given_up for _, derivative_id, given_up in marks())

    with site.worker():  # while its sender is still live
        eventually(cut, PATIENCE)
    (frame,) = [made for made in derivatives(site, media) if made.kind == "snapshot"]
    assert frame.facts == {"at_ms": 1_200}
    with Image.open(BytesIO(site.bytes_of(frame))) as image:
        assert image.size == (320, 180)
    assert marks() == [(1_200, frame.id, False), (60_000, None, True)]


def test_where_it_was_filmed_is_drawn_over_the_film_and_on_a_map(site: Site, film: bytes) -> None:
    broadcast = go_live(site)
    broadcast.send(film, 0)
    at_ms = round(NOON.timestamp() * 1000)
    fix = {"fix_ms": at_ms + 500, "media_ms": 500, "lat": 32.3, "lon": -90.2, "accuracy_m": 7}
    lines = f"{json.dumps(fix)}\n{json.dumps({**fix, 'fix_ms': at_ms + 2_100, 'lat': 32.4})}\n".encode()
    track = broadcast.send(lines, 0, kind="place")
    broadcast.send(film, 2_000)
    broadcast.end()
    with site.worker():
        eventually(lambda: broadcast.finished, PATIENCE)
    assert site.media(track).state == "ready"
    made = site.derivatives(track)
    assert made.keys() == {"vtt", "gpx"}
    cues = site.bytes_of(made["vtt"]).decode().split("\n\n")
    assert cues[1].startswith("00:00:00.500 --> 00:00:02.1")
    assert json.loads(cues[2].splitlines()[1]) == {"lat": 32.4, "lon": -90.2, "accuracy_m": 7.0}
    points = list(fromstring(site.bytes_of(made["gpx"])).iter("{http://www.topografix.com/GPX/1/1}trkpt"))
    assert [point.get("lat") for point in points] == ["32.3000000", "32.4000000"]


def test_a_joining_that_a_worker_died_of_is_gone_on_with_by_the_next(site: Site, film: bytes) -> None:
    broadcast = go_live(site)
    first = broadcast.send(film, 0)
    broadcast.send(film, 2_000)
    broadcast.end()
    with site.worker():
        eventually(lambda: broadcast.finished, PATIENCE)
    with site.database.as_admin() as conn:  # as if it had died between its last derivative and the end
        conn.execute(
            "UPDATE live_work SET finished_at = NULL, leased_until = clock_timestamp() WHERE session_id = %s",
            [broadcast.session],
        )
    with site.worker():
        eventually(lambda: broadcast.finished, PATIENCE)
    assert [made.kind for made in derivatives(site, first)].count("joined") == 1
    with site.database.as_role("worker") as conn:
        assert after.claim_whole(conn, 1) is None
