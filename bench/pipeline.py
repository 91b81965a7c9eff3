"""The pipeline beside bare tools that do the same to the same file: the very commands of its ledger."""

import hashlib
import os
import resource
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

from bench.installation import Prepared, until
from workers.watch.pieces import Growing

FFMPEG = Path(imageio_ffmpeg.get_ffmpeg_exe())


@dataclass(frozen=True)
class Bare:
    """What bare tools took: seconds on the clock until something could be watched, and CPU time of all."""

    watchable: float
    cpu_seconds: float


def phone_clip(path: Path) -> Path:
    """A minute of 1080p H.264 with sound, 16 Mb/s, as a telephone makes it."""
    _make(
        path, 60, "1920x1080", "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "16M", "-pix_fmt", "yuv420p"
    )
    return path


def hevc_clip(path: Path) -> Path:
    """Fifteen seconds of 2160p HEVC with sound, as no browser must know it."""
    _make(
        path, 15, "3840x2160", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none",
        "-tag:v", "hvc1",
    )  # fmt: skip
    return path


def run_bare(prepared: Prepared, original: Path, work: Path) -> Bare:
    """Run each command of the ledger once more, unconfined, in the same order."""
    (work / "original").unlink(missing_ok=True)
    (work / "original").symlink_to(original)
    began, before, watchable = time.monotonic(), _children_cpu(), 0.0
    for command in prepared.commands:
        shown = command.partition(", then ")[0]
        growing = work / "growing.mp4"
        growing.unlink(missing_ok=True)
        with subprocess.Popen(["sh", "-c", shown], cwd=work, env=_PATH, stderr=subprocess.DEVNULL) as child:
            if "growing.mp4" in shown and not watchable:
                _wait_for_pieces(child, Growing(growing))
                watchable = time.monotonic() - began
        if child.returncode:
            raise RuntimeError(f"a command of the ledger failed: {shown}")
        if "copy." in shown and not watchable:
            watchable = time.monotonic() - began
    return Bare(watchable, _children_cpu() - before)


def copy_and_hash(source: Path, work: Path) -> float:
    """Seconds that it takes to copy a file, have it on the disk, and hash it: `cp`, `sync`, `sha256sum`."""
    copy = work / "copied"
    began = time.monotonic()
    subprocess.run(["cp", str(source), str(copy)], check=True)
    with copy.open("rb") as file:
        os.fsync(file.fileno())
        hashlib.file_digest(file, "sha256")
    took = time.monotonic() - began
    copy.unlink()
    return took


_PATH = {"PATH": f"{FFMPEG.parent}:{os.environ['PATH']}"}


def _wait_for_pieces(child: "subprocess.Popen[bytes]", growing: Growing) -> None:
    seen: list[bytes] = []

    def first_shown() -> bool:
        seen.extend(growing.whole())
        return len(seen) > 1 or child.poll() is not None

    until(first_shown, 600, "the first piece")


def _make(path: Path, seconds: int, size: str, *coding: str) -> None:
    subprocess.run(
        [
            str(FFMPEG), "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i",
            f"testsrc2=duration={seconds}:size={size}:rate=30,noise=alls=8:allf=t", "-f", "lavfi", "-i",
            f"sine=frequency=440:duration={seconds}", *coding, "-g", "30", "-c:a", "aac", str(path),
        ],
        check=True,
    )  # fmt: skip


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
