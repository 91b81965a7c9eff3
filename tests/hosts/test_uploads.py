"""Uploads over two hosts: one dies in mid-upload, with its disk; two have it at once; another seals it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

from evidence.storage.store import Store
from tests.hosts.region import Region
from tests.intake.tus.client import HalfSent, Tus
from tests.waiting import eventually

MIB = 1024 * 1024


def sending(region: Region, file: Path, cache: Path) -> subprocess.Popen[bytes]:
    """The real client, at the balancer."""
    return subprocess.Popen(
        (Path(sys.executable).with_name("tipline"), "send", str(file), "--to", region.url, "--json"),
        env={"PATH": os.environ["PATH"], "XDG_CACHE_HOME": str(cache), "HOME": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def in_the_bucket(region: Region, url: str) -> bytes:
    """What the hosts share of an upload that is not sealed."""
    assert region.shelf
    (upload_id,) = region.shelf.held()
    record = region.shelf.read(upload_id)
    assert record is not None, url
    return b"".join(b"".join(region.shelf.bytes_of(upload_id, piece)) for piece in record.pieces)


def sealed(region: Region, store: Store) -> bytes | None:
    """The SHA-256 of the one original, read back; None while there is none."""
    with region.database.as_role("operator") as conn:
        row = conn.execute("SELECT object_key, sha256 FROM media WHERE sha256 IS NOT NULL").fetchone()
    if row is None:
        return None
    assert store.sha256_of(store.originals, row[0], None) == row[1]
    return bytes(row[1])


def test_a_host_dies_in_mid_upload_and_its_disk_with_it(town: Region, tmp_path: Path, store: Store) -> None:
    """The sender goes on at the other one; a worker there seals what both of them took in."""
    file = tmp_path / "clip.mp4"
    file.write_bytes(os.urandom(MIB) * 64 + b"the end")
    sender = sending(town, file, tmp_path)
    try:
        dead = eventually(lambda: town.holder(10 * MIB))
        assert dead is not None
        dead.die()
        shutil.rmtree(dead.disk)
        said, complained = sender.communicate(timeout=120)
    finally:
        sender.kill()
    assert sender.returncode == 0, complained.decode()
    digest = hashlib.sha256(file.read_bytes())
    assert json.loads(said)["files"][0]["sha256"] == digest.hexdigest()
    (alive,) = (host for host in town.network.hosts.values() if host is not dead)
    town.open_worker(alive)
    assert eventually(lambda: sealed(town, store)) == digest.digest()
    shelf = town.shelf
    assert shelf
    eventually(lambda: list(shelf.held()) == [])
    assert not list(town.spool(alive).glob("*.bytes"))


def test_what_was_told_before_a_host_died_is_told_by_the_next(town: Region) -> None:
    north, south = town["north"], town["south"]
    at_north, at_south = Tus(town.url_of(north)), Tus(town.url_of(south))
    url = at_north.create(10 * MIB)
    assert at_north.patch(url, 0, b"a" * MIB).status_code == 204
    with HalfSent(url, MIB, 2 * MIB, b"b" * MIB):
        eventually(lambda: town.holder(2 * MIB))
        north.die()
    moved = url.replace(town.url_of(north), town.url_of(south))
    told = at_south.offset(moved)
    assert told >= MIB
    assert in_the_bucket(town, url) == (b"a" * MIB + b"b" * MIB)[:told]
    rest = b"c" * (10 * MIB - told)
    assert at_south.patch(moved, told, rest).status_code == 204


def test_a_second_host_takes_over_while_the_first_still_receives(town: Region) -> None:
    """Both have bytes for the same offset; one of them is told that they are kept."""
    north, south = town["north"], town["south"]
    url = Tus(town.url_of(north)).create(300)
    at_south, moved = Tus(town.url_of(south)), url.replace(town.url_of(north), town.url_of(south))
    with HalfSent(url, 0, 300, b"n" * 200) as first:
        eventually(lambda: town.holder(1))
        offset = at_south.offset(moved)
        assert at_south.patch(moved, offset, b"s" * 100).status_code == 204
        first.socket.sendall(b"n" * 100)
        assert b" 204 " not in first.answer().split(b"\r\n")[0]
    assert in_the_bucket(town, url) == (b"n" * offset + b"s" * 100)
    assert Tus(town.url).offset(url.replace(town.url_of(north), town.url)) == offset + 100


def test_any_walk_over_both_hosts_keeps_what_was_told(town: Region) -> None:
    """Requests of a random order and size, whole and half, with other bytes each time."""
    chance = Random(os.environ.get("TIPLINE_TEST_SEED", "7"))
    hosts = list(town.network.hosts.values())
    clients = {host.name: Tus(town.url_of(host)) for host in hosts}
    url = clients["north"].create(None)
    told, half = b"", list[HalfSent]()
    for step in range(40):
        host = chance.choice(hosts)
        here = url.replace(town.url_of(town["north"]), town.url_of(host))
        piece = bytes([65 + step % 26]) * chance.randint(1, 3000)
        offset = clients[host.name].offset(here)
        assert offset >= len(told), "an offset went back"
        told = in_the_bucket(town, url)[:offset]
        if chance.random() < 0.4:
            half.append(HalfSent(here, offset, 2 * len(piece), piece))
        elif clients[host.name].patch(here, offset, piece).status_code == 204:
            told += piece
        if half and chance.random() < 0.3:
            chance.choice((HalfSent.finish, HalfSent.reset))(half.pop(chance.randrange(len(half))))
        assert in_the_bucket(town, url).startswith(told)
    for one in half:
        one.finish()
