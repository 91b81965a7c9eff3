"""Hosts on one machine: network namespaces behind a bridge, each with a link of its own.

Where namespaces cannot be made (not root, or a container without the right), the hosts are addresses of
loopback: nothing is cut there but the processes.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Host:
    """A host with an address and a disk of its own; `link` is the hub's end of its cable."""

    name: str
    address: str
    disk: Path
    namespace: str | None = None
    link: str | None = None
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, module: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start `python -m module` here; what it says is in `log`."""
        within = ("ip", "netns", "exec", self.namespace) if self.namespace else ()
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                (*within, sys.executable, "-m", module),
                env=dict(environment),
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    @property
    def log(self) -> Path:
        """Everything that its processes wrote."""
        return self.disk.with_suffix(".log")

    def come_back(self) -> None:
        """Have the link again, with what is on the disk; nothing runs yet."""
        if self.link:
            _ip("link", "set", self.link, "up")

    def die(self) -> None:
        """Lose the link, so that nobody is told anything, and every process."""
        if self.link:
            _ip("link", "set", self.link, "down")
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait(10)
        self.processes.clear()


@dataclass(frozen=True)
class Network:
    """A `hub`, where what all hosts share is reached, and the hosts."""

    hub: str
    hosts: Mapping[str, Host]

    def __getitem__(self, name: str) -> Host:
        return self.hosts[name]


@contextmanager
def network(names: Sequence[str], root: Path) -> Iterator[Network]:
    """Make hosts, each with a directory under `root`; nothing of them is left afterwards."""
    with ExitStack() as stack:
        made = _namespaces(names, root, stack) if _can_make_namespaces() else _addresses(names, root)
        for host in made.hosts.values():
            host.disk.mkdir()
        # Before anything is taken down that they use.
        for host in made.hosts.values():
            stack.callback(host.die)
        yield made


def _addresses(names: Sequence[str], root: Path) -> Network:
    hosts = {name: Host(name, f"127.0.0.{at}", root / name) for at, name in enumerate(names, 2)}
    return Network("127.0.0.1", hosts)


def _namespaces(names: Sequence[str], root: Path, stack: ExitStack) -> Network:
    mark, subnet = secrets.token_hex(3), f"10.231.{os.getpid() % 250}"
    bridge = f"tb{mark}"
    _ip("link", "add", bridge, "type", "bridge")
    stack.callback(_ip, "link", "del", bridge)
    _ip("addr", "add", f"{subnet}.1/24", "dev", bridge)
    _ip("link", "set", bridge, "up")
    hosts = {}
    for at, name in enumerate(names, 11):
        link, inside, namespace = f"tv{mark}{at}", f"ti{mark}{at}", f"tipline-{mark}-{name}"
        _ip("netns", "add", namespace)
        stack.callback(_ip, "netns", "del", namespace)
        _ip("link", "add", link, "type", "veth", "peer", "name", inside, "netns", namespace)
        _ip("link", "set", link, "master", bridge, "up")
        within = ("-n", namespace)
        _ip(*within, "addr", "add", f"{subnet}.{at}/24", "dev", inside)
        _ip(*within, "link", "set", inside, "up")
        _ip(*within, "link", "set", "lo", "up")
        hosts[name] = Host(name, f"{subnet}.{at}", root / name, namespace, link)
    return Network(f"{subnet}.1", hosts)


def _can_make_namespaces() -> bool:
    if os.geteuid() != 0 or os.environ.get("TIPLINE_TEST_HOSTS") == "addresses":
        return False
    name = f"tipline-{secrets.token_hex(3)}"
    with suppress(subprocess.CalledProcessError, FileNotFoundError):
        _ip("netns", "add", name)
        _ip("netns", "del", name)
        return True
    return False


def _ip(*arguments: str) -> None:
    subprocess.run(("ip", *arguments), check=True, capture_output=True)
