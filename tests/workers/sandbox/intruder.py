"""Run inside the sandbox by the tests: tries what a hostile file would have a taken-over tool do."""

import ctypes
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path


def main(argv: list[str]) -> int:
    secret, port, folder = Path(argv[0]), int(argv[1]), Path(argv[2])
    libc = ctypes.CDLL(None, use_errno=True)
    trials: dict[str, Callable[[], object]] = {
        "read another file": secret.read_bytes,
        "list its directory": lambda: os.listdir(secret.parent),
        "write beside it": lambda: secret.with_name("planted").write_text("x"),
        "change its mode": lambda: secret.chmod(0o777),
        "remove it": secret.unlink,
        "link it into the folder": lambda: os.link(secret, folder / "link"),
        "read through a symlink": lambda: _through(folder, secret),
        "connect over TCP": lambda: socket.create_connection(("127.0.0.1", port), 1),
        "open a UDP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "open a Unix socket": lambda: socket.socket(socket.AF_UNIX),
        "kill the worker": lambda: os.kill(int(argv[3]), 0),
        "read the worker's environment": Path(f"/proc/{argv[3]}/environ").read_bytes,
        "start a program": lambda: os.posix_spawn("/bin/true", ["true"], {}),
        "fork": lambda: os.fork() or os._exit(0),
        "make a device": lambda: os.mknod(folder / "device", 0o60600, os.makedev(8, 0)),
        "mount": lambda: _checked(libc.mount(b"none", str(folder).encode(), b"tmpfs", 0, None)),
        "leave for a new namespace": lambda: _checked(libc.unshare(0x10000000)),
        "watch the worker": lambda: _checked(libc.ptrace(16, int(argv[3]), None, None)),
    }
    managed = [name for name, trial in trials.items() if _managed(trial)]
    seen = {
        "managed": managed,
        "environment": dict(os.environ),
        "own file": sys.stdin.buffer.read().decode(),
        "descriptors": [fd for fd in range(3, 64) if _open(fd)],
    }
    (folder / "made").write_text("here it may write")
    sys.stdout.write(json.dumps(seen))
    return 0


def _through(folder: Path, secret: Path) -> bytes:
    link = folder / "symlink"
    link.symlink_to(secret)
    return link.read_bytes()


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "refused")


def _managed(trial: Callable[[], object]) -> bool:
    try:
        trial()
    except OSError:
        return False
    return True


def _open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
