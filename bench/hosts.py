"""Uploads over two hosts that share a bucket, beside the same door alone.

The hosts are network namespaces with a balancer before them (tests/hosts), or addresses of loopback where no
namespace can be made. The store is the embedded one, on the same disk and cores as everything else. The
balancer, HAProxy, asks each 0.3 s who is well; docs/hosts.md has 1 s.
"""

import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import httpx

from bench.report import Row, compared
from bench.servers import ROOT
from evidence.db.connect import connect
from evidence.settings import StoreSettings
from evidence.spread.shelf import Shelf
from tests.conftest import migrated
from tests.hosts.region import Region, region
from tests.intake.tus.client import BYTES, TUS, Tus
from tipline.up.postgres import EmbeddedPostgres
from tipline.up.store import REGION, EmbeddedStore
from tipline.up.store_access import STEWARD

MIB = 1024 * 1024
LARGE = 128 * MIB
SMALL = 64 * 1024
_ROUNDS = 3
_PIECES = 60
_DEATHS = 3


def two_hosts() -> Iterator[Row]:
    """What it costs to have every byte in a bucket before it is told, and how soon a sender goes on."""
    with _running(spread=True) as two:
        rate, told = _rate(two), _told(two)
        dead = [_death(two) for _ in range(_DEATHS)]
    with _running(spread=False) as one:
        alone, told_alone = _rate(one), _told(one)
    yield compared("two hosts / one: an upload of 128 MiB, told whole", rate, alone, "", "", "MiB/s")
    names = ("two hosts / one: 64 KiB to its 204 through the balancer, p50", "the same, p95")
    for name, ours, peer in zip(names, told, told_alone, strict=True):
        yield compared(name, ours, peer, "", "", "ms")
    slowest = f"{statistics.median(dead):.2f}, at most {max(dead):.2f} s"
    yield Row(f"host lost in mid-upload to the next 204, {_DEATHS} times", slowest, "", None, "seconds", "")


@contextmanager
def _running(*, spread: bool) -> Iterator[Region]:
    with ExitStack() as stack:
        (ROOT / ".cache").mkdir(exist_ok=True)
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=ROOT / ".cache")))
        postgres = stack.enter_context(EmbeddedPostgres(work / "postgres").running())
        with connect(postgres.admin_url, autocommit=True) as admin:
            admin.execute("CREATE DATABASE hosts")
        server = stack.enter_context(EmbeddedStore(work / "store").running())
        keys, bucket = server.keys[STEWARD], f"spool-{secrets.token_hex(4)}"
        server.client(STEWARD).create_bucket(Bucket=bucket)
        store = StoreSettings(server.endpoint, REGION, keys.access_key, keys.secret_key)
        shelf = Shelf.connect(store, bucket) if spread else None
        names = ("north", "south") if spread else ("alone",)
        database = migrated(postgres.admin_url.replace("/postgres", "/hosts"))
        yield stack.enter_context(region(names, database, store, shelf, bytes(range(1, 33)), work))


def _rate(region: Region) -> float:
    """MiB a second of one large PATCH, the median of some."""
    content, rates = os.urandom(MIB) * (LARGE // MIB), []
    for _ in range(_ROUNDS):
        url = Tus(region.url).create(LARGE)
        began = time.perf_counter()
        headers = {**TUS, **BYTES, "Upload-Offset": "0"}
        assert httpx.patch(url, headers=headers, content=content, timeout=300).status_code == 204
        rates.append(LARGE / MIB / (time.perf_counter() - began))
    return statistics.median(rates)


def _told(region: Region) -> tuple[float, float]:
    """Milliseconds until a small piece is acknowledged, one after the other: p50 and p95."""
    url, took, content = Tus(region.url).create(_PIECES * SMALL), [], os.urandom(SMALL)
    with httpx.Client(timeout=60) as client:
        for at in range(_PIECES):
            headers = {**TUS, **BYTES, "Upload-Offset": str(at * SMALL)}
            began = time.perf_counter()
            assert client.patch(url, headers=headers, content=content).status_code == 204
            took.append(1000 * (time.perf_counter() - began))
    cuts = statistics.quantiles(took, n=20)
    return cuts[9], cuts[18]


@dataclass
class _Phone:
    """Sends for ever at about 2 MiB a second, and goes on where it may when its line breaks."""

    url: str
    told: int = 0
    over: bool = False

    def go(self, answered: Event) -> None:
        while not self.over:
            try:
                self._once(answered)
            except (httpx.TransportError, OSError, AssertionError):
                time.sleep(0.1)  # as our page does, without a signal

    def _once(self, answered: Event) -> None:
        offset = Tus(self.url).offset(self.url)
        piece = bytes(MIB // 2)
        headers = {**TUS, **BYTES, "Upload-Offset": str(offset)}
        answer = httpx.patch(self.url, headers=headers, content=_slowly(piece), timeout=5)
        assert answer.status_code == 204, answer.status_code
        self.told = offset + len(piece)
        answered.set()


def _slowly(piece: bytes) -> Iterator[bytes]:
    step = SMALL
    for at in range(0, len(piece), step):
        time.sleep(step / (2 * MIB))
        yield piece[at : at + step]


def _death(region: Region) -> float:
    """Seconds from the death of the host that has an upload in hand to the next offset that is told."""
    phone, answered = _Phone(Tus(region.url).create(1 << 30)), Event()
    host = region.network["north"]
    sender = Thread(target=phone.go, args=(answered,))
    sender.start()
    try:
        answered.wait(60)
        host = max(region.network.hosts.values(), key=lambda host: _last_byte(region.spool(host)))
        host.die()
        before = phone.told
        began = time.perf_counter()
        answered.clear()
        while phone.told <= before:
            answered.wait(60)
            answered.clear()
        return time.perf_counter() - began
    finally:
        phone.over = True
        sender.join()
        region.revive(host)


def _last_byte(spool: Path) -> float:
    return max((file.stat().st_mtime for file in spool.glob("*.bytes")), default=0.0)
