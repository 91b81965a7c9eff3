"""What was made of an original lies in the store as it was recorded, whatever a late worker brings."""

from dataclasses import replace
from pathlib import Path

from tests.workers.conftest import Site
from workers.bench import Bench
from workers.derivatives import Product, keep


def test_a_late_worker_writes_over_nothing(site: Site, bench: Bench, tmp_path: Path) -> None:
    media = replace(site.media(site.arrive(b"a film")), sha256=bytes(32))
    recorded, late = tmp_path / "recorded", tmp_path / "late"
    recorded.write_bytes(b"as one ffmpeg makes it")
    late.write_bytes(b"as another makes it")
    made, again, other = (
        keep(bench, media, Product(path, "playback", "remux-2", "video/mp4", "ffmpeg", {}))
        for path in (recorded, recorded, late)
    )
    assert made == again
    assert other.stored.key != made.stored.key
    assert b"".join(site.store.open_range(site.store.derivatives, made.stored.key)) == recorded.read_bytes()
