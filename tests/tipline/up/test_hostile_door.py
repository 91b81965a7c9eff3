"""A break-in at the public door: its environment, its rights on the disk and its login yield nothing."""

import json
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

import pytest

from evidence.confine import supported
from evidence.db.connect import connect
from evidence.db.migrate import migrate
from evidence.thread import TipText
from evidence.tips.door import TipKeys, open_tip
from tipline.up.crew import Crew
from tipline.up.environments import console_environment, intake_environment
from tipline.up.launch import Program, launch
from tipline.up.site import Folders, Site, choose_addresses

HOSTILE = Path(__file__).with_name("hostile.py")

pytestmark = pytest.mark.skipif(bool(supported().gaps), reason="this kernel cannot confine the door fully")


@dataclass
class Town:
    """A site with one tip in it, and a neighbour that holds what the console holds."""

    site: Site
    neighbour: int


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folders = Folders(tmp_path_factory.mktemp("town") / "var").make_passages()
    site = Site.prepare(folders, choose_addresses("127.0.0.1", 0, 0, {}), {})
    assert site.postgres
    assert site.store
    with site.postgres.running(), site.store.running():
        migrate(site.admin_url, site.reach.secrets.role_passwords)
        with connect(site.reach.database_url("tipline_intake")) as conn:
            open_tip(
                conn,
                TipText(what="a canary sang"),
                channel="web",
                language="en",
                agency_public_key=site.reach.secrets.agency_public_key,
                uploads_until=datetime.now(UTC) + timedelta(hours=1),
                keys=TipKeys.new(),
            )
        (folders.logs / "console.log").write_text("what the console logged")
        crew = Crew(folders.run / "children.json", print)
        sleeping = (sys.executable, "-c", "import signal; signal.pause()")
        neighbour = crew.start(
            Program(
                "console",
                sleeping,
                folders.logs / "neighbour.log",
                {**console_environment(site.reach), **site.places("console")},
                site.accounts.console,
            )
        )
        assert neighbour.process
        yield Town(site, neighbour.process.pid)
        crew.stop([neighbour], signal.SIGTERM, 5)


def test_a_break_in_at_the_public_door_gets_nothing(town: Town) -> None:
    site = town.site
    assert site.store
    doors = [*site.store.ports.values()]
    log = site.folders.logs / "hostile.log"
    command = [sys.executable, str(HOSTILE), str(site.folders.root), str(town.neighbour), *map(str, doors)]
    door = Program(
        "intake",
        command,
        log,
        {**intake_environment(site.reach), **site.places("intake")},
        site.accounts.intake,
    )
    assert launch(door).wait() == 0
    told = json.loads(log.read_text().splitlines()[-1])
    got = {what: found for what, found in told["got"].items() if not found.startswith("refused: ")}
    assert got == {}
    assert len(told["got"]) > 40
    assert not [
        name for name in told["environment"] if "S3" in name or "PRIVATE" in name or "SIGNING" in name
    ]


_READER = """
import json, os, sys
from pathlib import Path
from tipline.run.console import enter
spool = enter(os.environ).spool
told = {"read": (spool / "a.bytes").read_bytes().decode(), "listed": len(os.listdir(spool)) > 0}
for name, deed in {
    "write": lambda: (spool / "a.bytes").open("r+b"),
    "make": lambda: (spool / "b.bytes").touch(),
    "remove": lambda: (spool / "a.bytes").unlink(),
    "rename": lambda: (spool / "a.bytes").rename(spool / "c.bytes"),
    "secret": lambda: Path(sys.argv[1]).read_bytes(),
}.items():
    try:
        told[name] = repr(deed())
    except OSError:
        told[name] = "refused"
print(json.dumps(told))
"""


def test_the_console_reads_the_spool_and_can_do_no_more_there(town: Town) -> None:
    site = town.site
    log, growing = site.folders.logs / "reader.log", site.folders.spool / "a.bytes"
    growing.write_bytes(b"a broadcast")
    growing.chmod(0o640)
    command = [sys.executable, "-c", _READER, str(site.folders.secrets / "vault-key")]
    told_all = {**console_environment(site.reach), **site.places("console")}
    assert launch(Program("reader", command, log, told_all, site.accounts.console)).wait() == 0
    told = json.loads(log.read_text().splitlines()[-1])
    refused = dict.fromkeys(("write", "make", "remove", "rename", "secret"), "refused")
    assert told == {"read": "a broadcast", "listed": True, **refused}
    growing.unlink()


def test_what_it_could_not_get_is_there_to_be_had(town: Town) -> None:
    """The control: the same places, tables and ports are there for whoever is not the door."""
    site = town.site
    root = site.folders.root
    for place in ("secrets/agency-private-key", "postgres/cluster/PG_VERSION", "store/.seaweedfs/s3.json"):
        assert (root / place).read_bytes()
    with connect(site.admin_url) as conn:
        assert conn.execute("SELECT count(*) FROM tip").fetchone() == (1,)
    assert site.store
    for port in site.store.ports.values():
        socket.create_connection(("127.0.0.1", port), 5).close()


def test_the_stores_side_doors_are_shut_to_everyone(town: Town) -> None:
    """Without a certificate of the store's own authority nobody gets an answer, not even root."""
    assert town.site.store
    for name, port in town.site.store.side_doors.items():
        for method, path in (
            ("GET", "/"),
            ("GET", "/dir/assign"),
            ("GET", "/dir/lookup?volumeId=1"),
            ("POST", "/col/delete?collection=tipline-originals"),
            ("DELETE", "/buckets/tipline-originals?recursive=true"),
        ):
            assert status(HTTPConnection("127.0.0.1", port, timeout=5), method, path) in (None, 400, 401), (
                name
            )
            trusting = ssl.create_default_context()
            trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
            over_tls = HTTPSConnection("127.0.0.1", port, timeout=5, context=trusting)
            assert status(over_tls, method, path) in (None, 401), name
    assert status(HTTPConnection("127.0.0.1", town.site.store.ports["s3"], timeout=5), "GET", "/") == 403


def test_the_sockets_it_leaves_in_tmp_are_shut_too(town: Town) -> None:
    assert town.site.store
    sockets = [
        Path(f"/tmp/seaweedfs-{door.replace('.', '-')}-{port}.sock")
        for door, port in town.site.store.ports.items()
    ]
    there = [path for path in sockets if path.exists()]
    assert len(there) == 6
    for path in there:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(str(path))
            asking.sendall(b"GET /buckets/ HTTP/1.1\r\nHost: store\r\n\r\n")
            assert asking.recv(1000)[9:12] in (b"", b"401", b"403"), path


def status(asking: HTTPConnection, method: str, path: str) -> int | None:
    """The status it answers with; None where it hangs up."""
    try:
        asking.request(method, path)
        return asking.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        asking.close()
