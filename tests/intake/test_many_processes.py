"""Three processes of the public door on one spool: one upload to all of them, whoever is asked."""

import hashlib
import random
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest
from nacl.public import PrivateKey

from evidence.spool import LEAF_BYTES, UploadSecret
from evidence.spool.layout import Files
from tests.conftest import Database, migrated_database
from tests.intake.conftest import environment_of
from tests.intake.crowd import Crowd, crowd
from tests.intake.tus.client import HalfSent, Tus
from tests.intake.wanderer import Wanderer
from tests.waiting import eventually
from tipline.up.listening import listening_on
from tipline.up.postgres import EmbeddedPostgres

LENGTH = 10_000_000
SENT = secrets.token_bytes(345_678)
WANDERERS = 14


@pytest.fixture(scope="module")
def shared_database(postgres: EmbeddedPostgres, model_database: str) -> Iterator[Database]:
    with migrated_database(postgres, model_database) as database:
        yield database


@pytest.fixture(scope="module")
def apart(
    shared_database: Database, agency_key: PrivateKey, citizen: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crowd]:
    """Each process on a port of its own, so that a test says who is asked."""
    root = tmp_path_factory.mktemp("apart")
    environment = environment_of(shared_database, root / "spool", agency_key)
    with crowd(shared_database, environment, citizen, root / "intake.log") as three:
        yield three


@pytest.fixture(scope="module")
def together(
    shared_database: Database, agency_key: PrivateKey, citizen: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Crowd]:
    """All processes on one inherited socket, so that chance says it."""
    root = tmp_path_factory.mktemp("together")
    environment = environment_of(shared_database, root / "spool", agency_key)
    with (
        listening_on("127.0.0.1", 0) as listening,
        crowd(shared_database, environment, citizen, root / "intake.log", listening) as three,
    ):
        yield three


@pytest.fixture(params=["apart", "together"])
def three(request: pytest.FixtureRequest) -> Crowd:
    found: Crowd = request.getfixturevalue(request.param)
    return found


def wanderers(three: Crowd, seed: int) -> list[Wanderer]:
    """Small files and one longer than a leaf; the same seed is the same walk, as far as processes allow."""
    chance = random.Random(seed)
    sizes = [chance.randint(2, 300_000) for _ in range(WANDERERS)] + [LEAF_BYTES + 12_345]
    return [Wanderer(three, random.Random(seed + size), chance.randbytes(size)) for size in sizes]


def leaves_sha256(content: bytes) -> bytes:
    leaves = (content[i : i + LEAF_BYTES] for i in range(0, len(content), LEAF_BYTES))
    return hashlib.sha256(b"".join(hashlib.sha256(leaf).digest() for leaf in leaves)).digest()


def assert_all_arrived(three: Crowd, walked: list[Wanderer]) -> None:
    """Each that was not given up is one media, bit by bit what was sent; the others are none."""
    media = three.media()
    for one in walked:
        name = str(one.upload_id)
        if one.ended:
            assert name not in media
        else:
            assert media[name] == (len(one.content), leaves_sha256(one.content))
            assert three.spool.bytes_path(one.upload_id).read_bytes() == one.content
    assert sum(not one.ended for one in walked) > WANDERERS // 2


@pytest.mark.parametrize("seed", [1, 2])
def test_uploads_scattered_over_all_of_them_arrive_once_and_whole(three: Crowd, seed: int) -> None:
    with ThreadPoolExecutor(WANDERERS) as pool:
        walked = list(pool.map(Wanderer.wander, wanderers(three, seed)))
    assert_all_arrived(three, walked)


def test_they_arrive_while_one_is_killed_and_another_stopped_three_times(three: Crowd) -> None:
    chance = random.Random(3)
    with ThreadPoolExecutor(WANDERERS) as pool:
        walks = [pool.submit(one.wander) for one in wanderers(three, seed=3)]
        for _ in range(3):
            killed, stopped = chance.sample(range(len(three.members)), 2)
            three.signal(signal.SIGSTOP, stopped)
            three.members[killed].stop(signal.SIGKILL)
            three.members[killed].start()
            three.signal(signal.SIGCONT, stopped)
        walked = [walk.result() for walk in walks]
    assert_all_arrived(three, walked)


def elsewhere(three: Crowd, url: str, member: int) -> str:
    """The same upload at another process."""
    return f"{three.members[member].url}/files/{url.rpartition('/')[2]}"


def join(final: str, door: Tus) -> httpx.Response:
    return door.post(b"", Upload_Concat=final)


def wait_for_size(three: Crowd, url: str, size: int) -> None:
    name = UploadSecret.from_text(url.rpartition("/")[2]).upload_id
    eventually(lambda: three.spool.look(name).offset == size)


def test_a_line_that_hangs_in_one_is_gone_on_with_in_another_and_then_refused(
    apart: Crowd,
) -> None:
    first, second, third = (Tus(member.url) for member in apart.members)
    url = first.create(LENGTH)
    with HalfSent(url, 0, LENGTH, SENT) as hung:
        wait_for_size(apart, url, len(SENT))
        assert second.patch(elsewhere(apart, url, 1), len(SENT), b"next").status_code == 204
        hung.socket.sendall(b"late")
        assert b"423" in hung.answer().split(b"\r\n")[0]
        assert third.offset(elsewhere(apart, url, 2)) == len(SENT) + 4
    name = UploadSecret.from_text(url.rpartition("/")[2]).upload_id
    assert apart.spool.bytes_path(name).read_bytes() == SENT + b"next"


def test_parts_sent_to_all_and_joined_by_all_at_once_are_one_media(apart: Crowd) -> None:
    """A client whose lines break asks again before the first answer is there."""
    doors = [Tus(member.url) for member in apart.members]
    for _ in range(10):
        contents = [secrets.token_bytes(size) for size in (LEAF_BYTES // 8, 3, 70_000)]
        paths = []
        for door, content in zip(doors, contents, strict=True):
            answer = door.post(b"", Upload_Length=str(len(content)), Upload_Concat="partial")
            paths.append(answer.headers["location"])
            assert door.patch(f"{door.url}{paths[-1]}", 0, content).status_code == 204
        final = f"final;{' '.join(paths)}"
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(partial(join, final), doors * 2))
        assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
        (path,) = {answer.headers["location"] for answer in answers}
        name = UploadSecret.from_text(path.rpartition("/")[2]).upload_id
        whole = b"".join(contents)
        assert apart.media()[str(name)] == (len(whole), leaves_sha256(whole))
        assert apart.spool.bytes_path(name).read_bytes() == whole


def test_what_one_had_when_it_was_killed_is_gone_on_with_before_it_is_back(apart: Crowd) -> None:
    url = Tus(apart.members[0].url).create(LENGTH)
    with HalfSent(url, 0, LENGTH, SENT):
        wait_for_size(apart, url, len(SENT))
        apart.members[0].stop(signal.SIGKILL)
    try:
        assert Tus(apart.members[1].url).offset(elsewhere(apart, url, 1)) == len(SENT)
        answer = Tus(apart.members[2].url).patch(elsewhere(apart, url, 2), len(SENT), b"next")
        assert answer.headers["upload-offset"] == str(len(SENT) + 4)
    finally:
        apart.members[0].start()


_HOLD = """
import fcntl, os, signal, sys
counter = os.open(sys.argv[1], os.O_RDWR)
fcntl.flock(counter, fcntl.LOCK_EX)
print("held", flush=True)
os.kill(os.getpid(), signal.SIGSTOP)
"""


@pytest.mark.parametrize("how", [signal.SIGCONT, signal.SIGKILL])
def test_one_stopped_in_the_middle_of_a_step_makes_others_say_so_and_no_more(apart: Crowd, how: int) -> None:
    """It is stopped with the upload's lock in hand, which no door holds long enough for a test to hit."""
    tus = Tus(apart.members[0].url)
    url = tus.create(LENGTH)
    other = elsewhere(apart, url, 1)
    name = UploadSecret.from_text(url.rpartition("/")[2]).upload_id
    with HalfSent(url, 0, LENGTH, SENT) as hung:
        wait_for_size(apart, url, len(SENT))
        holding = [sys.executable, "-c", _HOLD, str(Files(apart.spool.root, name).sidecar)]
        with subprocess.Popen(holding, stdout=subprocess.PIPE) as holder:
            try:
                assert holder.stdout is not None
                holder.stdout.readline()
                hung.socket.sendall(b"a piece that has to wait")
                assert tus.head(other).status_code == 423
                busy = tus.patch(other, len(SENT), b"next")
                assert (busy.status_code, busy.json()["code"]) == (423, "upload_busy")
                assert busy.headers["retry-after"] == "1"
                assert b"423" in hung.answer().split(b"\r\n")[0]
            finally:
                holder.send_signal(how)
    assert tus.offset(other) == len(SENT)
    assert tus.patch(url, len(SENT), b"next").status_code == 204


def test_one_is_ended_with_a_hundred_bodies_under_way_and_nothing_acknowledged_is_lost(apart: Crowd) -> None:
    ending, other = apart.members[2], Tus(apart.members[0].url)
    tus = Tus(ending.url)
    urls = [tus.create(LENGTH) for _ in range(100)]
    assert all(tus.patch(url, 0, SENT[:1000]).status_code == 204 for url in urls)
    lines = [HalfSent(url, 1000, LENGTH - 1000, SENT[1000:]) for url in urls]
    for url in urls:
        wait_for_size(apart, url, len(SENT))
    took = ending.stop()
    try:
        assert took < 2.0
        assert all(b"503" in line.answer().split(b"\r\n")[0] for line in lines)
        assert {other.offset(elsewhere(apart, url, 0)) for url in urls} == {len(SENT)}
    finally:
        for line in lines:
            line.finish()
        ending.start()


def test_on_one_socket_nobody_waits_for_the_one_that_is_stopped(together: Crowd) -> None:
    url = f"{together.members[0].url}/healthz"
    together.signal(signal.SIGSTOP, 0)
    try:
        assert {httpx.get(url, verify=False).status_code for _ in range(30)} == {200}
    finally:
        together.signal(signal.SIGCONT, 0)


def test_on_one_socket_nobody_is_turned_away_while_all_are_started_anew(together: Crowd) -> None:
    url = f"{together.members[0].url}/healthz"
    for member in together.members:
        member.stop(signal.SIGKILL)
    with ThreadPoolExecutor(10) as pool:
        waiting = [pool.submit(httpx.get, url, verify=False, timeout=60) for _ in range(10)]
        for member in together.members:
            member.launch()
        assert {answer.result().status_code for answer in waiting} == {200}
