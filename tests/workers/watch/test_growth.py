"""What takes long to be coded anew is watched while it is made: in pieces, then small, then full-size."""

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import av
import pytest

from evidence.media import claim
from evidence.media.growing import Piece, outgrown, pieces_of
from evidence.media.lease import release
from tests.media.making import FFMPEG
from tests.waiting import eventually
from tests.workers.conftest import Site
from workers.bench import Bench, Task
from workers.clocks.ticks import forget_pieces
from workers.inspect.examine import examine
from workers.normalize.make import film_limits
from workers.watch import quick
from workers.watch.growth import Growth

SECONDS = 14


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Larger than a quick rendition and coded as no browser must know it."""
    path = tmp_path_factory.mktemp("large") / "large.mov"
    subprocess.run(
        [
            FFMPEG, "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i",
            f"testsrc2=duration={SECONDS}:size=1280x720:rate=12", "-f", "lavfi", "-i",
            f"sine=frequency=880:duration={SECONDS}", "-c:v", "libx265", "-preset", "ultrafast",
            "-x265-params", "log-level=none", "-tag:v", "hvc1", "-c:a", "aac", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path.read_bytes()


def pieces(site: Site, media_id: UUID) -> list[Piece]:
    with site.database.as_role("console") as conn:
        return pieces_of(conn, media_id)


def seen_growing(site: Site, media_id: UUID) -> Iterator[tuple[int, str]]:
    """How many pieces there are at each look, and the media's stage, until it is past being watched."""
    while (stage := site.media(media_id).stage) in ("seal", "inspect", "preview", "watch"):
        yield len(pieces(site, media_id)), stage


def test_pieces_come_before_the_whole_and_play_as_it_does(
    site: Site, bench: Bench, large: bytes, tmp_path: Path
) -> None:
    media_id = site.arrive(large)
    with site.worker():
        eventually(lambda: site.media(media_id).stage in ("watch", "survey", "normalize", "done"))
        counted = [count for count, stage in seen_growing(site, media_id) if stage == "watch"]
        kept = b"".join(
            site.store.client.get_object(Bucket=site.store.derivatives, Key=piece.object_key)["Body"].read()
            for piece in pieces(site, media_id)
        )
        eventually(lambda: site.settled(media_id))
    assert any(1 < count < SECONDS for count in counted), "it could be watched before it was whole"
    grown = tmp_path / "grown.mp4"
    grown.write_bytes(kept)
    with av.open(str(grown)) as container:
        assert sum(1 for _ in container.decode(video=0)) == SECONDS * 12

    with site.database.as_role("operator") as conn:
        copies = conn.execute(
            "SELECT recipe, facts ->> 'quick' FROM derivative WHERE kind = 'playback' ORDER BY made_at"
        ).fetchall()
    assert [recipe.split("-")[0] for recipe, _ in copies] == ["quick", "transcode"]
    assert [quick for _, quick in copies] == ["true", None]

    with site.database.as_role("worker") as conn:
        assert len(outgrown(conn)) == SECONDS + 1
        forget_pieces(bench.store)(conn)
        assert outgrown(conn) == []
    left = site.store.client.list_objects_v2(Bucket=site.store.derivatives)
    assert not any("/pieces/" in found["Key"] for found in left["Contents"])


def encoded(bench: Bench, source: Path, out: Path, quality: str) -> Path:
    """The quick rendition, whole, as ffmpeg leaves it."""
    facts = examine(bench.sandbox, source, out.parent, bool)
    assert facts.picture
    argv = list(quick.command(bench.ffmpeg, facts, facts.picture, out))
    argv[argv.index("-crf") + 1] = quality
    assert bench.sandbox.run(argv, source=source, folder=out.parent, limits=film_limits(facts)).ok
    return out


def test_a_second_run_that_makes_other_pieces_replaces_the_first_ones(
    site: Site, bench: Bench, large: bytes, tmp_path: Path
) -> None:
    media_id, source = site.arrive(b"a film"), tmp_path / "large.mov"
    source.write_bytes(large)
    with site.database.as_admin() as conn:
        conn.execute("UPDATE media SET stage = 'watch', state = 'sealed', leased_until = NULL")
    runs = [encoded(bench, source, tmp_path / f"{quality}.mp4", quality) for quality in ("26", "26", "30")]
    for recipe, made in zip(("quick-1", "quick-1", "quick-1", "quick-0"), (*runs, runs[0]), strict=True):
        with bench.pool.connection() as conn:
            lease = claim(conn, media_id, "watch", 60)
            assert lease is not None
        task = Task(site.media(media_id), tmp_path, bool, lease)
        Growth(bench, task, recipe, made, "video/mp4").hand_on()
        kept = pieces(site, media_id)
        assert [piece.number for piece in kept] == list(range(SECONDS + 1))
        lying = [b"".join(site.store.open_range(site.store.derivatives, p.object_key)) for p in kept]
        assert b"".join(lying) == made.read_bytes()
        assert [hashlib.sha256(content).digest() for content in lying] == [piece.sha256 for piece in kept]
        listed = site.store.client.list_objects_v2(Bucket=site.store.derivatives)["Contents"]
        assert {found["Key"] for found in listed} == {piece.object_key for piece in kept}
        with bench.pool.connection() as conn:
            release(conn, lease)
