"""Any order of requests, deaths and sleeps on three hosts: what was told stays, the same everywhere."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from evidence.spool import Superseded
from evidence.spread.shelf import Shelf
from evidence.spread.spool import SpreadSpool
from evidence.spread.writer import SpreadWriter
from tests.evidence.spread.conftest import new_shelf, new_upload
from tipline.up.store import EmbeddedStore

HOSTS = st.sampled_from(("north", "south", "west"))
PIECES = st.binary(min_size=1, max_size=40)


@dataclass
class Request:
    """A request that is being answered, and what the file holds as its host sees it."""

    host: str
    writer: SpreadWriter
    content: bytes


class HostsMachine(RuleBasedStateMachine):
    """Requests come to any host; none is told of the others, and each may go on at any time."""

    shelf: Shelf

    @initialize(host=HOSTS)
    def an_upload_begins(self, host: str) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.told = b""
        self.lives = 0
        self.spools = {name: self._host(name) for name in ("north", "south", "west")}
        self.id: UUID = self.spools[host].create(new_upload()).upload.id
        self.requests: list[Request] = []

    def _host(self, name: str) -> SpreadSpool:
        self.lives += 1
        root = Path(self.directory.name) / f"{name}{self.lives}"
        root.mkdir()
        return SpreadSpool(root, shelf=self.shelf)

    def _in_the_bucket(self) -> bytes:
        record = self.shelf.read(self.id)
        assert record is not None
        return b"".join(b"".join(self.shelf.bytes_of(self.id, piece)) for piece in record.pieces)

    def _tell(self, content: bytes) -> None:
        """An offset is told: nothing that was told before may be otherwise."""
        shorter = min(len(content), len(self.told))
        assert content[:shorter] == self.told[:shorter]
        self.told = max(content, self.told, key=len)

    @rule(host=HOSTS)
    def a_request_takes_it_over(self, host: str) -> None:
        spool = self.spools[host]
        taken = spool.take(self.id)
        content = self._in_the_bucket()
        assert taken.standing.offset == len(content)
        self._tell(content)
        self.requests.append(Request(host, spool.writer(taken), content))

    @precondition(lambda self: self.requests)
    @rule(data=st.data(), piece=PIECES)
    def one_writes(self, data: st.DataObject, piece: bytes) -> None:
        request = data.draw(st.sampled_from(self.requests))
        try:
            request.writer.append(piece)
        except Superseded:
            self._over(request)
        else:
            request.content += piece

    @precondition(lambda self: self.requests)
    @rule(data=st.data())
    def one_is_answered(self, data: st.DataObject) -> None:
        request = data.draw(st.sampled_from(self.requests))
        try:
            request.writer.sync()
        except Superseded:
            self._over(request)
        else:
            self._tell(request.content)

    @rule(host=HOSTS)
    def a_process_dies(self, host: str) -> None:
        for request in [one for one in self.requests if one.host == host]:
            self._over(request)
        self.spools[host] = SpreadSpool(self.spools[host].root, shelf=self.shelf)

    @rule(host=HOSTS)
    def a_host_dies_and_its_disk_with_it(self, host: str) -> None:
        """Its requests may go on for a moment: the others only believe that it is dead."""
        self.spools[host] = self._host(host)

    def _over(self, request: Request) -> None:
        request.writer.close()
        self.requests.remove(request)

    @invariant()
    def what_was_told_is_there(self) -> None:
        if hasattr(self, "id"):
            assert self._in_the_bucket().startswith(self.told)

    def teardown(self) -> None:
        if hasattr(self, "id"):
            self.spools["west"].cut(self.id)
            for name, spool in self.spools.items():
                assert spool.whole(self.id).read_bytes() == self._in_the_bucket(), name
            for request in list(self.requests):
                self._over(request)
            self.directory.cleanup()


@pytest.mark.usefixtures("bucket")
class TestHosts(HostsMachine.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


@pytest.fixture(scope="module")
def bucket(store_server: EmbeddedStore) -> None:
    HostsMachine.shelf = new_shelf(store_server)
