"""A broadcast that grows on one host is watched at the console of another, also when its host dies."""

from collections.abc import Iterator
from pathlib import Path

import httpx

from evidence.storage.store import Store
from tests.hosts.region import Region
from tests.intake.live.sender import CHUNK, Sender, SentPart
from tests.intake.tus.client import Tus
from tests.waiting import eventually
from tests.web.console.town import Town


def watching(region: Region, url: str, session: str, store: Store, pictures: Path) -> httpx.Client:
    """Alice, who has begun to watch."""
    alice = httpx.Client(base_url=url, headers={"Origin": url}, timeout=60)
    link = Town(region.database, store, pictures).link("alice", "reviewer")
    assert alice.post("/signin", data={"token": link}).status_code == 303
    assert alice.post(f"/live/{session}/watch").status_code == 204
    return alice


def read(pieces: Iterator[bytes], so_far: bytes, size: int) -> bytes:
    while len(so_far) < size:
        so_far += next(pieces)
    return so_far


def test_a_console_elsewhere_sees_it_grow_over_the_death_of_its_host(
    town: Region, store: Store, tmp_path: Path
) -> None:
    north, south = town["north"], town["south"]
    console = town.open_console(south)
    erin = Sender.go(town.url_of(north))
    part = erin.part(1)
    assert part.send(b"a" * CHUNK).status_code == 204
    alice = watching(town, console, erin.session, store, tmp_path)
    with alice.stream("GET", f"/live/{erin.session}/parts/1/bytes?from=0") as answer:
        assert answer.status_code == 200
        pieces = answer.iter_raw()
        seen = read(pieces, b"", CHUNK)
        assert part.send(b"b" * CHUNK).status_code == 204
        seen = read(pieces, seen, 2 * CHUNK)
        (shown,) = alice.get(f"/live/{erin.session}/state").json()["parts"]
        assert shown["bytes"] == 2 * CHUNK
        north.die()
        part.record(b"c" * CHUNK)
        elsewhere = moved(part, town.url_of(north), town.url_of(south))
        elsewhere.resume()
        seen = read(pieces, seen, 3 * CHUNK)
        assert elsewhere.finish().status_code == 204
        seen += b"".join(pieces)
    assert seen == elsewhere.content == b"a" * CHUNK + b"b" * CHUNK + b"c" * CHUNK
    erin.url = town.url_of(south)
    assert erin.end_part(elsewhere).status_code == 200
    with town.database.as_admin() as conn:
        assert conn.execute("SELECT chain_holds FROM live_part").fetchall() == [(True,)]
    followed = Path(town.environment("console", south)["TIPLINE_SCRATCH"]) / "followed"
    eventually(lambda: list(followed.iterdir()) == [])


def moved(part: SentPart, before: str, after: str) -> SentPart:
    """The same part, sent to another host."""
    return SentPart(part.sequence, part.url.replace(before, after), Tus(after), part.chunks, part.sent)
