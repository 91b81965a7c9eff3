"""A region: hosts that share a database and a store, a door on each, and a balancer before them."""

import base64
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from nacl.public import PrivateKey

from evidence.settings import StoreSettings
from evidence.spread.shelf import Shelf
from tests.conftest import Database
from tests.hosts.balancer import balancing
from tests.hosts.network import Host, Network, network
from tests.waiting import eventually

DOOR, CONSOLE = 8000, 8001


@dataclass(frozen=True)
class Region:
    """`url` is the balancer's address; `store` says how the hosts reach the store.

    Without a `shelf` they share no spool.
    """

    url: str
    network: Network
    database: Database
    database_port: int
    store: StoreSettings
    shelf: Shelf | None
    agency_key: bytes

    def __getitem__(self, name: str) -> Host:
        return self.network[name]

    def url_of(self, host: Host) -> str:
        """A host's own door."""
        return f"http://{host.address}:{DOOR}"

    def environment(self, role: str, host: Host) -> dict[str, str]:
        """What every process of a host is told."""
        url = urlsplit(self.database.url(role))
        login = url.netloc.rpartition("@")[0]
        reached = url._replace(netloc=f"{login}@{self.network.hub}:{self.database_port}")
        scratch = host.disk / f"scratch-{role}"
        scratch.mkdir(exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": reached.geturl(),
            "TIPLINE_HOST": host.address,
            "TIPLINE_SCRATCH": str(scratch),
            "TMPDIR": str(scratch),
            "TIPLINE_AGENCY_PUBLIC_KEY": _text(bytes(PrivateKey(self.agency_key).public_key)),
            "TIPLINE_S3_ENDPOINT": self.store.endpoint or "",
            "TIPLINE_S3_ACCESS_KEY": self.store.access_key,
            "TIPLINE_S3_SECRET_KEY": self.store.secret_key,
            "TIPLINE_S3_ORIGINALS": self.store.originals,
            "TIPLINE_S3_DERIVATIVES": self.store.derivatives,
            "TIPLINE_S3_CHECKPOINTS": self.store.checkpoints,
            "TIPLINE_SPOOL_BUCKET": self.shelf.bucket if self.shelf else "",
            "TIPLINE_SPOOL": str(self.spool(host)),
        }

    def spool(self, host: Host) -> Path:
        """A host's own directory."""
        return host.disk / "spool"

    def holder(self, at_least: int) -> Host | None:
        """The host that has so many bytes of some upload, None where there is none."""
        for host in self.network.hosts.values():
            for file in self.spool(host).glob("*.bytes"):
                if file.stat().st_blocks * 512 >= at_least:
                    return host
        return None

    def open_door(self, host: Host) -> None:
        """Start a host's public door, as the image does."""
        told = {**self.environment("intake", host), "TIPLINE_INTAKE_PORT": str(DOOR)}
        host.run("tipline.run.intake", {**told, "TIPLINE_TRUSTED_PROXIES": self.network.hub})

    def revive(self, host: Host) -> None:
        """Bring a host back, with its disk and its door, and wait until the balancer has it."""
        host.come_back()
        self.open_door(host)
        eventually(lambda: answers(f"{self.url_of(host)}/readyz", host))

    def open_worker(self, host: Host) -> None:
        """Start a worker there; its spool is what the hosts share."""
        told = self.environment("worker", host)
        host.run(
            "tipline.run.worker",
            {**told, "TIPLINE_CHECKPOINT_SIGNING_KEY": _text(bytes(32)), "TIPLINE_CHECKPOINT_SECONDS": "1"},
        )

    def open_console(self, host: Host) -> str:
        """Start a console there, and return its address once it answers."""
        url = f"http://{host.address}:{CONSOLE}"
        told = self.environment("console", host)
        del told["TIPLINE_SPOOL"]
        host.run(
            "tipline.run.console",
            {
                **told,
                "TIPLINE_CONSOLE_PORT": str(CONSOLE),
                "TIPLINE_CONSOLE_URL": url,
                "TIPLINE_AGENCY_PRIVATE_KEY": _text(self.agency_key),
                "TIPLINE_THREAD_SIGNING_KEY": _text(bytes(32)),
            },
        )
        eventually(lambda: answers(f"{url}/healthz", host))
        return url


def answers(url: str, host: Host | None = None) -> bool:
    """Whether somebody says 200; fails where a process of that host has ended."""
    if host is not None:
        assert all(process.poll() is None for process in host.processes), host.log.read_text()
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def region(
    names: Sequence[str],
    database: Database,
    store: StoreSettings,
    shelf: Shelf | None,
    agency_key: bytes,
    root: Path,
) -> Iterator[Region]:
    """Hosts of these names, each with a door that is ready."""
    with network(names, root) as made:
        doors = [f"{host.address}:{DOOR}" for host in made.hosts.values()]
        behind = {
            "database": urlsplit(database.url("intake")).port or 0,
            "store": urlsplit(store.endpoint or "").port or 0,
        }
        with balancing(made.hub, doors, behind, root) as balancer:
            reached = replace(store, endpoint=f"http://{made.hub}:{balancer.shared['store']}")
            region = Region(
                balancer.url, made, database, balancer.shared["database"], reached, shelf, agency_key
            )
            for host in made.hosts.values():
                region.open_door(host)
            for host in made.hosts.values():
                eventually(lambda host=host: answers(f"{region.url_of(host)}/readyz", host))  # type: ignore[misc]
            eventually(lambda: answers(f"{region.url}/readyz"))
            yield region


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()
