"""Walks of random requests, deaths and sleeps on three hosts: what was told stays, the same everywhere."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from evidence.spool import Superseded
from evidence.spread.shelf import Shelf
from evidence.spread.spool import SpreadSpool
from evidence.spread.writer import SpreadWriter
from tests.evidence.spread.conftest import new_upload

HOSTS = ("north", "south", "west")
STEPS = 60


@dataclass
class Request:
    """A request that is being answered, and what the file holds as its host sees it."""

    host: str
    writer: SpreadWriter
    content: bytes


@dataclass
class Walk:
    """Requests come to any host; none is told of the others, and each may go on at any time."""

    chance: Random
    shelf: Shelf
    root: Path
    told: bytes = b""
    lives: int = 0
    requests: list[Request] = field(default_factory=list)
    spools: dict[str, SpreadSpool] = field(default_factory=dict)
    id: UUID = field(init=False)

    def __post_init__(self) -> None:
        for name in HOSTS:
            self.host_dies(name)
        self.id = self.spools["north"].create(new_upload()).upload.id

    def host_dies(self, name: str) -> None:
        """Its disk too; its requests may go on for a while, since the others only believe that it is dead."""
        self.lives += 1
        root = self.root / f"{name}{self.lives}"
        root.mkdir()
        self.spools[name] = SpreadSpool(root, shelf=self.shelf)

    def in_the_bucket(self) -> bytes:
        record = self.shelf.read(self.id)
        assert record is not None
        return b"".join(b"".join(self.shelf.bytes_of(self.id, piece)) for piece in record.pieces)

    def tell(self, content: bytes) -> None:
        """An offset is told: nothing that was told before may be otherwise."""
        shorter = min(len(content), len(self.told))
        assert content[:shorter] == self.told[:shorter]
        self.told = max(content, self.told, key=len)

    def request_comes(self, host: str) -> None:
        taken = self.spools[host].take(self.id)
        content = self.in_the_bucket()
        assert taken.standing.offset == len(content)
        self.tell(content)
        self.requests.append(Request(host, self.spools[host].writer(taken), content))

    def goes_on(self, request: Request, *, answered: bool) -> None:
        """Write something that no other request writes; be answered, or not yet."""
        piece = self.chance.randbytes(self.chance.randint(1, 40))
        try:
            request.writer.append(piece)
            request.content += piece
            if answered:
                request.writer.sync()
                self.tell(request.content)
        except Superseded:
            self.over(request)

    def over(self, request: Request) -> None:
        request.writer.close()
        self.requests.remove(request)

    def step(self) -> None:
        host, lot = self.chance.choice(HOSTS), self.chance.random()
        if lot < 0.3 or not self.requests:
            self.request_comes(host)
        elif lot < 0.9:
            self.goes_on(self.chance.choice(self.requests), answered=lot < 0.6)
        elif lot < 0.95:
            for request in [one for one in self.requests if one.host == host]:
                self.over(request)
        else:
            self.host_dies(host)
        assert self.in_the_bucket().startswith(self.told)

    def end(self) -> None:
        """Whole at last, it is the same on every host, whoever is asked."""
        self.spools["west"].cut(self.id)
        for request in list(self.requests):
            with suppress(Superseded):
                request.writer.sync()
            self.over(request)
        whole = self.in_the_bucket()
        assert whole.startswith(self.told)
        for name in HOSTS:
            assert self.spools[name].whole(self.id).read_bytes() == whole, name


@pytest.mark.parametrize("seed", range(4))
def test_any_walk_keeps_what_was_told(seed: int, shelf: Shelf, tmp_path: Path) -> None:
    walk = Walk(Random(seed), shelf, tmp_path)
    for _ in range(STEPS):
        walk.step()
    walk.end()
