"""The sandbox is tried before it is trusted: at every start a child of it reaches for what it must not reach.

Run inside the room with a path, `main` prints as a JSON list what it managed to reach: `network`,
`files`, `processes`. The worker starts only if the list is empty.
"""

import json
import logging
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from evidence.confine import python_runtime, supported
from evidence.errors import Unavailable
from workers.sandbox.launch import Sandbox
from workers.sandbox.order import Limits
from workers.sandbox.syscalls import compile_filter

log = logging.getLogger(__name__)

LOADER = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_LIMITS = Limits(wall_seconds=20, cpu_seconds=10, memory_bytes=1 << 30, file_bytes=1 << 20)


def prepare(mode: str, scratch: Path) -> Sandbox:
    """The best room this machine can give, proven by an attempt to break out of it.

    `mode` is `required` or `off`; `scratch` a directory of the worker's own. Raises `Unavailable` with a
    sentence for the operator where `required` cannot be met.
    """
    if mode == "off":
        log.warning(
            "TIPLINE_SANDBOX=off: media tools run on strangers' files with the network and every file this "
            "worker can read within their reach. Use this on no machine that takes real tips."
        )
        return Sandbox(confined=False)
    sandbox = Sandbox(
        confined=True,
        syscall_filter=compile_filter(),
        readable=tuple(map(str, python_runtime())),
        loader=LOADER,
    )
    reached = _reached_from(sandbox, scratch)
    if reached:
        raise Unavailable(
            f"Media tools cannot be shut in on this machine: a trial reached {', '.join(reached)}. "
            f"{_advice(reached)} Or set TIPLINE_SANDBOX=off to run without, where no real tips are taken.",
            code="sandbox_unavailable",
        )
    return sandbox


def _reached_from(sandbox: Sandbox, scratch: Path) -> list[str]:
    """Plant a file, and let a child of the sandbox look for it and for a way out."""
    with tempfile.TemporaryDirectory(dir=scratch) as place:
        planted, folder = Path(place, "planted"), Path(place, "folder")
        planted.write_text("planted")
        folder.mkdir()
        finished = sandbox.run(
            [str(planted)],
            module=__name__,
            source=planted,
            folder=folder,
            limits=_LIMITS,
        )
    if not finished.ok:
        raise Unavailable(
            f"The sandbox's own trial {finished.how}: {finished.complaint}", code="sandbox_unavailable"
        )
    return [str(what) for what in json.loads(finished.output)]


def _advice(reached: list[str]) -> str:
    if "files" in reached and not supported().files:
        return "It needs a Linux kernel of 5.13 or newer with Landlock switched on."
    return "It needs libseccomp (Debian: apt-get install libseccomp2) or unprivileged user namespaces."


def main(argv: list[str]) -> int:
    """Reach for the network, a file outside, and the worker itself; print what could be reached."""
    planted = Path(argv[0])
    trials: dict[str, Callable[[], object]] = {
        "network": _send_a_datagram,
        "files": planted.read_bytes,
        "processes": lambda: os.kill(os.getppid(), 0),
    }
    sys.stdout.write(json.dumps([name for name, attempt in trials.items() if _succeeds(attempt)]))
    return 0


def _send_a_datagram() -> None:
    """One byte to `discard` (RFC 863) on this machine. UDP, because Landlock alone would only bar TCP."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way_out:
        way_out.sendto(b"!", ("127.0.0.1", 9))


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True
