"""What takes long to be coded anew is watched while it is made: in pieces, then small, then full-size."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import av
import pytest

from evidence.media.growing import Piece, outgrown, pieces_of
from tests.media.making import FFMPEG
from tests.waiting import eventually
from tests.workers.conftest import Site
from workers.bench import Bench
from workers.clocks.ticks import forget_pieces

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
