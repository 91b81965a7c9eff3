"""A real ClamAV, with one signature of our own: the test file that scanners agreed on (eicar.org)."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.errors import Unavailable
from evidence.media.rederive import rederive
from tests.media.corpus import Corpus
from tests.waiting import eventually
from tests.workers.conftest import Site
from workers.inspect.refusals import RefusedError
from workers.inspect.scan import scan

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LIMIT_MEGABYTES = 1


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scanner that knows one signature; the path of its socket."""
    root = tmp_path_factory.mktemp("clamd")
    (root / "signatures").mkdir()
    (root / "signatures/own.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\n")
    (root / "clamd.conf").write_text(
        f"LocalSocket {root}/socket\nDatabaseDirectory {root}/signatures\nForeground yes\n"
        f"StreamMaxLength {LIMIT_MEGABYTES}M\nTemporaryDirectory {root}\n"
    )
    process = subprocess.Popen(["/usr/sbin/clamd", "-c", str(root / "clamd.conf")], stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: (root / "socket").exists() or process.poll() is not None, "clamd")
        assert process.poll() is None
        yield f"{root}/socket"
    finally:
        process.terminate()
        process.wait(30)


def test_it_tells_harm_from_a_film_and_from_what_it_cannot_see_whole(
    clamd: str, corpus: Corpus, tmp_path: Path
) -> None:
    harmful, large = tmp_path / "harmful", tmp_path / "large"
    harmful.write_bytes(EICAR)
    large.write_bytes(bytes(3 * LIMIT_MEGABYTES << 20))
    assert scan(clamd, corpus["photo.png"])
    assert not scan(clamd, large)
    with pytest.raises(RefusedError) as refused:
        scan(clamd, harmful)
    assert refused.value.refusal.code == "malware"


def test_a_scanner_that_is_away_lets_a_file_wait(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as away:
        scan(str(tmp_path / "nobody"), corpus["photo.png"])
    assert away.value.code == "scanner_away"


def test_what_is_known_as_harmful_is_set_aside_unopened(site: Site, corpus: Corpus, clamd: str) -> None:
    harmful = site.arrive(corpus["photo.png"].read_bytes() + EICAR)
    harmless = site.arrive(corpus["photo.png"].read_bytes())
    with site.worker(TIPLINE_CLAMD=clamd):
        eventually(lambda: site.settled(harmful) and site.settled(harmless))
    assert (site.media(harmful).state, site.media(harmful).quarantine_code) == ("quarantined", "malware")
    assert site.media(harmful).facts is None
    assert site.media(harmless).state == "ready"


def test_harm_that_a_later_look_finds_takes_the_film_away(site: Site, corpus: Corpus, clamd: str) -> None:
    media_id = site.arrive(corpus["photo.png"].read_bytes() + EICAR)
    site.until_settled(media_id)
    assert site.media(media_id).state == "ready", "nobody had a scanner then"
    with site.database.as_role("operator") as conn:
        assert rederive(conn, media_id)
    with site.worker(TIPLINE_CLAMD=clamd):
        eventually(lambda: site.media(media_id).state == "quarantined")
    assert (site.media(media_id).quarantine_code, site.media(media_id).stage) == ("malware", "inspect")
