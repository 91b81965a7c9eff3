"""From the spool to the record: kinds in clear, values sealed, and not a word of them anywhere else."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from evidence import ledger
from evidence.ledger import Entry
from evidence.seal import open_sealed
from evidence.traces.trace import Traces, of_media
from tests.media.corpus import Corpus
from tests.media.making import CANARY
from tests.waiting import eventually
from tests.workers.conftest import AGENCY_KEY, ROOT, Site
from tests.workers.traces.conftest import signed
from tests.workers.traces.test_look import photo

ELSEWHERE = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/"'
    b' dcterms:provenance="http://127.0.0.1:9/manifest.c2pa"/></rdf:RDF></x:xmpmeta>'
)


def traced(site: Site, media_id: UUID) -> Traces | None:
    with site.database.as_role("operator") as conn:
        return of_media(conn, [media_id]).get(media_id)


def values(site: Site, media_id: UUID) -> list[dict[str, str]]:
    """What is sealed, opened with the agency's key."""
    with site.database.as_admin() as conn:
        row = conn.execute("SELECT sealed FROM trace WHERE media_id = %s", [media_id]).fetchone()
    assert row
    return list(json.loads(open_sealed(AGENCY_KEY, row[0])))


def entry(site: Site, media_id: UUID) -> Entry:
    with site.database.as_role("operator") as conn:
        history = ledger.history(conn, site.media(media_id).tip_id)
    (found,) = [entry for entry in history if entry.kind == "traced"]
    return found


def surveyed(site: Site, *contents: bytes, module: str = "tests.workers.worker") -> list[UUID]:
    ids = [site.arrive(content) for content in contents]
    with site.worker(module):
        eventually(lambda: all(traced(site, media_id) for media_id in ids))
        eventually(lambda: all(site.media(media_id).stage == "done" for media_id in ids))
    return ids


def test_kinds_are_in_clear_and_values_sealed(
    site: Site, corpus: Corpus, capfd: pytest.CaptureFixture[str]
) -> None:
    names = ("phone.mp4", "photo.jpg", "trimmed.mp4", "two-films.mp4")
    film, still, hidden, second = surveyed(site, *(corpus[name].read_bytes() for name in names))
    found = traced(site, film)
    assert found is not None
    assert found.kinds == ["place", "time", "software", "person"]
    assert (found.grade, found.clock, found.manifest) == ("re-encoded", "older", "none")
    assert any(one["value"] == f"{CANARY} title" for one in values(site, film))
    assert any("before its arrival" in one["value"] for one in values(site, film))
    assert traced(site, still).grade == "original"  # type: ignore[union-attr]
    for media_id in (hidden, second):
        assert "hidden footage" in (traced(site, media_id).kinds or [])  # type: ignore[union-attr]
    told = entry(site, film)
    assert told.details["kinds"] == found.kinds
    assert {"ffmpeg", "av", "libavformat", "pillow"} <= set(told.details["tools"])
    assert told.details["command"] == "python -m workers.traces.look video mov < original"
    said = capfd.readouterr()
    for words in (CANARY, "37.8044", "2024-05-06"):
        assert words not in json.dumps(told.details)
        assert words not in said.out + said.err
    nowhere_in_clear(site, CANARY)


def nowhere_in_clear(site: Site, words: str) -> None:
    """Every table, as text and as the hexadecimal of bytes."""
    with site.database.as_admin() as conn:
        tables = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        ).fetchall()
        for (table,) in tables:
            rows = conn.execute(f'SELECT t::text FROM "{table}" t'.encode()).fetchall()
            for (text,) in rows:
                assert words not in text, table
                assert words.encode().hex() not in text, table


def test_a_manifest_is_verified_and_its_signer_is_not_said_to_be_known(site: Site) -> None:
    content = signed(photo(), "image/jpeg", f"{CANARY} camera")
    changed = bytearray(content)
    changed[-300] ^= 1
    Path(site.environment["TIPLINE_SCRATCH"]).mkdir()
    module = "tipline.run.worker"  # shut in itself, as it is really started
    files = (content, bytes(changed), photo(xmp=ELSEWHERE), photo())
    intact, altered, elsewhere, none = surveyed(site, *files, module=module)
    states = [
        traced(site, media_id).manifest  # type: ignore[union-attr]
        for media_id in (intact, altered, elsewhere, none)
    ]
    assert states == ["intact", "altered", "elsewhere", "none"]
    assert any(one["value"] == f"made with {CANARY} camera 1" for one in values(site, intact))
    nowhere_in_clear(site, CANARY)


def test_a_second_look_changes_nothing(site: Site, corpus: Corpus) -> None:
    (media_id,) = surveyed(site, corpus["photo.jpg"].read_bytes())
    before = traced(site, media_id)
    with site.database.as_admin() as conn:
        conn.execute("UPDATE media SET stage = 'survey' WHERE id = %s", [media_id])
    with site.worker():
        eventually(lambda: site.media(media_id).stage == "done")
    assert traced(site, media_id) == before
    assert entry(site, media_id).details["recipe"] == "traces-1"


LOADED = "import sys, workers.traces.look; print(sorted({'c2pa', 'psycopg'} & set(sys.modules)))"


def test_the_look_costs_no_library_that_most_files_have_no_need_of() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=Path(ROOT), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
