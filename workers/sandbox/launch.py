"""Running one tool over one file: start the confined child, read what it says, end it in time.

The source is the child's standard input, opened here: the tool needs no name of it and may open no path but
the runtime's and its folder's. What it prints is kept up to a ceiling and the rest thrown away, so that a
tool that talks without end fills neither memory nor disk.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from evidence.errors import EvidenceError, Unavailable
from workers.sandbox.order import Limits, Order

_ENTRY = Path(__file__).with_name("entry.py")
_KEPT_BYTES = 1 << 20
_LOOK_SECONDS = 0.25


class ToolStoppedError(EvidenceError):
    """The worker itself asked the tool to stop: its lease is lost or the process is ending."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a tool ended: `status` is its exit status, or minus the signal that killed it."""

    status: int
    output: bytes
    complaint: str
    seconds: float
    out_of_time: bool

    @property
    def ok(self) -> bool:
        """Whether it ended by itself and content."""
        return self.status == 0 and not self.out_of_time

    @property
    def how(self) -> str:
        """One phrase for a log or a sentence; holds nothing of the file's content."""
        if self.out_of_time:
            return f"was stopped after {self.seconds:.0f} seconds"
        if self.status < 0:
            return f"was killed by {signal.Signals(-self.status).name}"
        return f"ended with status {self.status}"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The room as this machine can build it; made once per worker by `workers.sandbox.proof.prepare`."""

    confined: bool
    syscall_filter: str = ""
    readable: tuple[str, ...] = ()
    loader: tuple[str, ...] = ()

    def run(
        self,
        argv: Sequence[str],
        *,
        module: str = "",
        source: Path,
        folder: Path,
        limits: Limits,
        stop: Callable[[], bool] = bool,
        meanwhile: Callable[[], object] = bool,
    ) -> Finished:
        """Run argv with `source` as its standard input and `folder` as the only place it may write.

        argv is a program and its arguments, or the arguments of the `main` of a `module` of ours.
        `meanwhile()` is called again and again, to see to what the tool has written so far; it may raise.
        Raises `ToolStoppedError` once `stop()` is true, `Unavailable` when the room could not be built.
        """
        order = Order(
            module=module,
            argv=tuple(argv),
            environment={"PATH": "", "HOME": str(folder), "TMPDIR": str(folder), "LC_ALL": "C.UTF-8"},
            limits=limits,
            confined=self.confined,
            readable=self.readable,
            executable=() if module else (argv[0], *self.loader),
            writable=(str(folder),),
            syscall_filter=self.syscall_filter,
        )
        with _pipe() as (reading, writing):
            with source.open("rb") as opened, _start(order, opened.fileno(), folder, writing) as child:
                finished = _attend(child, limits.wall_seconds, stop, meanwhile)
            os.set_blocking(reading, False)
            trouble = _said(reading)
        if trouble:
            raise Unavailable(f"The sandbox could not be built: {trouble}", code="sandbox_unavailable")
        return finished


@contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


def _said(pipe: int) -> str:
    """What the child wrote before it became the tool: nothing, if all went well."""
    try:
        return os.read(pipe, 1 << 12).decode("utf-8", "replace")
    except BlockingIOError:
        return ""


def _start(order: Order, source: int, folder: Path, trouble: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own interpreter, arguments of ours
        (sys.executable, "-I", "-B", str(_ENTRY), order.to_json(), str(os.getpid()), str(trouble)),
        pass_fds=(trouble,),
        stdin=source,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={"LC_ALL": "C.UTF-8"},
        start_new_session=True,
    )


def _attend(
    child: subprocess.Popen[bytes],
    wall_seconds: float,
    stop: Callable[[], bool],
    meanwhile: Callable[[], object],
) -> Finished:
    """Read both pipes until they close, then reap; whatever happens, nothing of the group is left behind."""
    began = time.monotonic()
    out_of_time = False
    kept: dict[int, bytearray] = {}
    try:
        with selectors.DefaultSelector() as pipes:
            for pipe in (child.stdout, child.stderr):
                assert pipe is not None  # noqa: S101 - both were asked for
                pipes.register(pipe, selectors.EVENT_READ, kept.setdefault(pipe.fileno(), bytearray()))
            while pipes.get_map():
                for ready, _ in pipes.select(_LOOK_SECONDS):
                    chunk = os.read(ready.fd, 1 << 16)
                    ready.data.extend(chunk[: max(0, _KEPT_BYTES - len(ready.data))])
                    if not chunk:
                        pipes.unregister(ready.fileobj)
                meanwhile()
                if stop():
                    raise ToolStoppedError("The worker asked the tool to stop.")
                if time.monotonic() - began > wall_seconds:
                    out_of_time = True
                    break
    finally:
        _kill_group(child)
    output, complaint = kept.values()
    return Finished(
        status=child.wait(),
        output=bytes(output),
        complaint=complaint.decode("utf-8", "replace").strip(),
        seconds=time.monotonic() - began,
        out_of_time=out_of_time,
    )


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the session the child leads. A tool that closed its pipes and lived on has no right to."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
