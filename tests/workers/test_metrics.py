"""What a worker tells monitoring: counts and times, and nothing of any tip."""

from urllib.request import urlopen

from tests.media.corpus import Corpus
from tests.waiting import eventually
from tests.workers.conftest import Site
from tipline.up.ports import LOOPBACK, free_ports


def test_a_scrape_tells_what_was_done_and_what_waits(site: Site, corpus: Corpus) -> None:
    port = free_ports(["metrics"])["metrics"]
    done = site.arrive(corpus["photo.png"].read_bytes())
    broken = site.arrive(corpus["text.mp4"].read_bytes())
    with site.worker(TIPLINE_WORKER_METRICS_PORT=str(port)):
        eventually(lambda: site.settled(done) and site.settled(broken))
        with urlopen(f"http://{LOOPBACK}:{port}/metrics") as answer:
            told = answer.read().decode()
    assert 'tipline_stage_seconds_count{outcome="done",stage="watch"} 1.0' in told
    assert 'tipline_stage_seconds_count{outcome="not_media",stage="inspect"} 1.0' in told
    assert 'tipline_media_waiting{stage="seal"} 0.0' in told
    assert "tipline_database_up 1.0" in told
    sealed = sum(site.media(media_id).size for media_id in (done, broken))
    assert f"tipline_sealed_bytes_total {float(sealed)}" in told
    assert str(done) not in told
