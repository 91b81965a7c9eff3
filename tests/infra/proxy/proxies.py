"""Debian's nginx and Caddy with the files of `infra/proxy/`, on loopback and under ports of their own.

What is changed of the files is what an operator changes: names, certificates, addresses; and where an
unprivileged process can listen and write.
"""

import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.intake.conftest import ROOT
from tests.waiting import eventually
from tipline.up.authority import Authority
from tipline.up.ports import free_ports

NAMES = ("nginx", "caddy")
# What a certificate can name, and what needs no resolver.
PUBLIC, CONSOLE = "localhost", "console.localhost"
# No file may grow beyond this: a proxy that put a body on its disk would fail (setrlimit(2), RLIMIT_FSIZE).
MOST_FILE_BYTES = 300_000


@dataclass(frozen=True)
class Doors:
    """The ports of the three doors; 1 is nobody's."""

    public: tuple[int, ...]
    console: int = 1
    sms: int = 1


class Named(httpx.HTTPTransport):
    """Asks the server for a host of this name, and checks that its certificate is the host's."""

    def __init__(self, name: str, *, verify: ssl.SSLContext, local_address: str) -> None:
        super().__init__(verify=verify, local_address=local_address)
        self._name = name

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "sni_hostname": self._name}
        return super().handle_request(request)


@dataclass
class Proxy:
    """One running proxy, and everything it wrote."""

    name: str
    folder: Path
    doors: Doors
    https: int
    http: int
    trust: ssl.SSLContext
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """The public door's address."""
        return f"https://{PUBLIC}:{self.https}"

    @property
    def processes(self) -> list[psutil.Process]:
        assert self.process is not None
        us = psutil.Process(self.process.pid)
        return [us, *us.children(recursive=True)]

    @property
    def resident_bytes(self) -> int:
        """The most memory that any of its processes ever had (proc_pid_status(5), VmHWM)."""
        statuses = (Path(f"/proc/{process.pid}/status").read_text() for process in self.processes)
        peaks = (re.search(r"VmHWM:\s+(\d+) kB", status) for status in statuses)
        return max(int(peak[1]) * 1024 for peak in peaks if peak)

    def lines_to_doors(self) -> int:
        """How many connections to a door it holds."""
        ports = (*self.doors.public, self.doors.console)
        return sum(
            bool(line.raddr) and line.raddr.port in ports and line.status == psutil.CONN_ESTABLISHED
            for process in self.processes
            for line in _lines_of(process)
        )

    def wrote(self) -> bytes:
        """All that it put into any file: logs, and what it may have kept of bodies."""
        kept = [file for file in self.folder.rglob("*") if file.is_file() and "given" not in file.parts]
        return b"\n".join(file.read_bytes() for file in kept)

    def client(self, address: str = "127.0.0.1", name: str = PUBLIC) -> httpx.Client:
        """A client at an address of this machine's loopback, which trusts the certificate, of one host."""
        transport = Named(name, verify=self.trust, local_address=address)
        # Other names than one are no resolver's.
        url = f"https://127.0.0.1:{self.https}"
        return httpx.Client(
            base_url=url, headers={"Host": f"{name}:{self.https}"}, transport=transport, timeout=20
        )

    def line(self, address: str = "127.0.0.1") -> socket.socket:
        """A bare connection, of which TLS is expected."""
        return socket.create_connection(("127.0.0.1", self.https), timeout=20, source_address=(address, 0))

    def start(self) -> None:
        given, state = self.folder / "given", self.folder / "state"
        configuration = _written(self, given, state)
        with (self.folder / "said").open("ab") as said:
            self.process = subprocess.Popen(
                ["prlimit", f"--fsize={MOST_FILE_BYTES}", *_command(self.name, configuration)],
                stdout=said,
                stderr=said,
                env={
                    "PATH": "/usr/bin:/bin",
                    "HOME": str(state),
                    "XDG_DATA_HOME": str(state),
                    **self._told(),
                },
            )
        eventually(self._answers, f"{self.name}'s first answer")

    def take_over(self) -> None:
        """Have it read its file anew, as `systemctl reload` does."""
        assert self.process is not None
        if self.name == "nginx":
            self.process.send_signal(signal.SIGHUP)
            return
        configuration = self.folder / "given" / "Caddyfile"
        subprocess.run(
            [program(self.name), "reload", "--force", "--config", str(configuration)],
            env={**os.environ, **self._told()},
            check=True,
            capture_output=True,
        )

    def _told(self) -> dict[str, str]:
        """What Caddy's file takes from its environment; nginx has none."""
        return {
            "TIPLINE_PUBLIC_NAME": PUBLIC,
            "TIPLINE_CONSOLE_NAME": CONSOLE,
            "TIPLINE_PUBLIC_DOORS": " ".join(f"127.0.0.1:{port}" for port in self.doors.public),
            "TIPLINE_CONSOLE_DOOR": f"127.0.0.1:{self.doors.console}",
            "TIPLINE_SMS_DOOR": f"127.0.0.1:{self.doors.sms}",
        }

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
            self.process = None

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "said").read_text()
        try:
            with self.client() as client:
                return client.get("/metrics").status_code == 404
        except httpx.TransportError:
            return False


@contextmanager
def in_front(name: str, folder: Path, doors: Doors, https: int | None = None) -> Iterator[Proxy]:
    """Run a proxy until the end of the block, on a port of `https` or any."""
    for part in ("given", "state"):
        (folder / part).mkdir(parents=True)
    authority = Authority.kept_in(folder / "given" / "authority")
    pair = authority.certify([PUBLIC, CONSOLE])
    (folder / "given" / "fullchain.pem").write_bytes(pair.certificate)
    (folder / "given" / "privkey.pem").write_bytes(pair.key)
    ports = free_ports(["https", "http"])
    trust = ssl.create_default_context(cadata=authority.pem.decode())
    proxy = Proxy(name, folder, doors, https or ports["https"], ports["http"], trust)
    try:
        proxy.start()
        yield proxy
    finally:
        proxy.stop()


def program(name: str) -> str:
    """Where the proxy is: as `bootstrap/prepare dev` unpacked it, or as this machine has it."""
    unpacked = ROOT / ".cache" / "debian" / "usr"
    path = os.pathsep.join((str(unpacked / "sbin"), str(unpacked / "bin"), "/usr/sbin", "/usr/bin"))
    found = shutil.which(name, path=path)
    assert found, f"{name} is missing: run bootstrap/prepare dev"
    return found


def _command(name: str, configuration: Path) -> list[str]:
    if name == "nginx":
        return [program(name), "-e", "stderr", "-c", str(configuration), "-g", "daemon off;"]
    return [program(name), "run", "--config", str(configuration), "--adapter", "caddyfile"]


def _written(proxy: Proxy, given: Path, state: Path) -> Path:
    original = {"nginx": "nginx.conf", "caddy": "Caddyfile"}[proxy.name]
    text = (ROOT / "infra" / "proxy" / original).read_text()
    changes = _of_nginx(proxy, given, state) if proxy.name == "nginx" else _of_caddy(proxy, given, state)
    for old, new in changes.items():
        assert old in text, f"{original} has no {old!r} any more"
        text = text.replace(old, new)
    (given / original).write_text(text)
    return given / original


def _of_nginx(proxy: Proxy, given: Path, state: Path) -> dict[str, str]:
    first, *more = proxy.doors.public
    line = "server 127.0.0.1:{} max_fails=1 fail_timeout=2s;"
    return {
        line.format(8000): "\n".join(line.format(port) for port in (first, *more)),
        "server 127.0.0.1:8001": f"server 127.0.0.1:{proxy.doors.console}",
        "server 127.0.0.1:8002": f"server 127.0.0.1:{proxy.doors.sms}",
        # In a container there may be no IPv6.
        "listen [::]:": "# listen [::]:",
        "        listen 443": f"        listen 127.0.0.1:{proxy.https}",
        "        listen 80": f"        listen 127.0.0.1:{proxy.http}",
        "/etc/letsencrypt/live/tips.city.example": str(given),
        "/etc/letsencrypt/live/console.city.example": str(given),
        "/var/lib/nginx": str(state),
        "/var/log/nginx": str(state),
        "/run/nginx.pid": f"{state}/nginx.pid",
        "tips.city.example": PUBLIC,
        "console.city.example": CONSOLE,
    }


def _of_caddy(proxy: Proxy, given: Path, state: Path) -> dict[str, str]:
    certificate = f"tls {given}/fullchain.pem {given}/privkey.pem"
    ports = f"http_port {proxy.http}\n\thttps_port {proxy.https}\n\tdefault_bind 127.0.0.1"
    return {
        "admin unix//run/caddy/admin.sock": f"admin unix/{state}/admin.sock\n\t{ports}",
        # More talkative than anybody runs it: what is left out has to be left out by its kind.
        "exclude http.log": "level DEBUG\n\t\texclude http.log",
        "tips.city.example} {": f"tips.city.example}} {{\n\t{certificate}",
        "console.city.example} {": f"console.city.example}} {{\n\t{certificate}",
    }


def _lines_of(process: psutil.Process) -> list[Any]:
    """A process's connections; none of a worker that a reload had left over and that has just ended."""
    try:
        return list(process.net_connections("tcp"))
    except psutil.NoSuchProcess:
        return []
