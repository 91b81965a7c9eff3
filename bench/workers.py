"""How many files a minute the pipeline works off, with one, two and four worker processes.

A whole installation takes the files in while its worker is stopped; then it goes on, others of the same kind
beside it, until nothing more is to be made of any file. Each is another file, so that none is known already.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from PIL import Image

from bench.http import Connection as HttpConnection
from bench.installation import Installation, cpu_with_children, until
from bench.pipeline import FFMPEG
from bench.small import upload
from evidence.db.connect import Connection, connect
from evidence.jobs import LANES

PHOTOS, CLIPS, CLIP_SECONDS = 40, 8, 4
_START_SECONDS, _DONE_SECONDS = 60.0, 900.0
_PHOTO_PIXELS = (1600, 1200)


@dataclass(frozen=True)
class Worked:
    """What so many worker processes did with the files: how long it took, and the CPU time of all of them."""

    processes: int
    files: int
    seconds: float
    cpu_seconds: float

    @property
    def told(self) -> str:
        """Files a minute, and the CPU time of one."""
        return (
            f"{60 * self.files / self.seconds:.0f} a minute, {self.cpu_seconds / self.files:.2f} CPU-s each"
        )


def photos(work: Path, count: int, salt: int) -> list[Path]:
    """Make photos that differ from each other: noise over a gradient, as JPEG."""
    files = []
    for number in range(count):
        file = work / f"photo-{salt}-{number}.jpg"
        noise = Image.effect_noise(_PHOTO_PIXELS, 60 + number)
        Image.merge("RGB", [noise, noise.rotate(180), Image.linear_gradient("L").resize(_PHOTO_PIXELS)]).save(
            file
        )
        files.append(file)
    return files


def clips(work: Path, count: int, salt: int) -> list[Path]:
    """Make short clips of 720p H.264 with sound, each with another picture."""
    files = []
    for number in range(count):
        file = work / f"clip-{salt}-{number}.mp4"
        picture = f"testsrc2=duration={CLIP_SECONDS}:size=1280x720:rate=30,hue=h={37 * number + salt}"
        sound = f"sine=frequency={300 + 10 * number}:duration={CLIP_SECONDS}"
        subprocess.run(
            [
                str(FFMPEG), "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi",
                "-i", sound, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30",
                "-c:a", "aac", str(file),
            ],
            check=True,
        )  # fmt: skip
        files.append(file)
    return files


def work_off(installation: Installation, files: Sequence[Path], processes: int) -> Worked:
    """Have the files taken in, then worked off by so many processes."""
    there = _lanes(installation.worker)
    with (
        connect(installation.database_url, autocommit=True) as conn,
        _more(installation, processes - 1) as others,
    ):
        workers = [installation.worker, *others]
        awaited = there + len(LANES) * len(others)
        until(lambda: _lanes(installation.worker) >= awaited, _START_SECONDS, "the other workers")
        for worker in workers:
            worker.suspend()
        try:
            # Soon done: a worker that is stopped for half a minute is taken for dead, by itself as well.
            with HttpConnection(installation.port_of("intake")) as line:
                for file in files:
                    upload(line, piece=file.read_bytes())
            waiting = waiting_files(conn)
            before = sum(cpu_with_children(worker) for worker in workers)
        finally:
            began = time.monotonic()
            for worker in workers:
                worker.resume()
        until(lambda: waiting_files(conn) == 0, _DONE_SECONDS, "the last file's end")
        seconds = time.monotonic() - began
        spent = sum(cpu_with_children(worker) for worker in workers) - before
    return Worked(processes, waiting, seconds, spent)


@contextmanager
def _more(installation: Installation, count: int) -> Iterator[list[psutil.Process]]:
    """Start more workers, each as the installation's own: its command, its account, its secrets."""
    model = installation.worker
    account = (model.uids().real, model.gids().real) if os.geteuid() == 0 else (None, None)
    started = [
        subprocess.Popen(
            model.cmdline(), env=model.environ(), cwd=model.cwd(), user=account[0], group=account[1],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for _ in range(count)
    ]  # fmt: skip
    try:
        yield [psutil.Process(child.pid) for child in started]
    finally:
        for child in started:
            child.send_signal(signal.SIGTERM)
        for child in started:
            child.wait(60)


def _lanes(worker: psutil.Process) -> int:
    """Lanes that somebody works at, the texts' included; an operator may not ask."""
    with connect(worker.environ()["DATABASE_URL"]) as conn:
        row = conn.execute("SELECT count(*) FROM procrastinate_workers").fetchone()
    return int(row[0]) if row else 0


def waiting_files(conn: Connection) -> int:
    """Files of which something is still to be made. Raises `RuntimeError` where one was set aside."""
    row = conn.execute(
        "SELECT count(*) FILTER (WHERE stage <> 'done'), count(*) FILTER (WHERE state = 'quarantined')"
        " FROM media"
    ).fetchone()
    if row is None or row[1]:
        raise RuntimeError("a file was set aside")
    return int(row[0])
