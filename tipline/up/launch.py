"""Starting one child so that it has its own environment, its own account and no life after ours."""

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from evidence.confine import die_with_parent, drop_capabilities
from evidence.errors import Unavailable
from tipline.up.accounts import Account, own_account

_CLONE_NEWUSER = 0x10000000
_PR_SET_DUMPABLE = 4
_NOBODY = 65534
_LOG_LIMIT = 10_000_000  # bytes; the log before it is kept as NAME.log.1

_libc = ctypes.CDLL(None, use_errno=True)

# From scratch: nothing of the operator's own environment reaches a child unless it is named.
PLAIN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/nonexistent"}


@dataclass(frozen=True)
class Program:
    """What to start, as whom, and with which signal it dies if we do.

    It keeps our descriptors that it `inherits`, under the same numbers. Without a `log` its output is ours.
    """

    name: str
    command: Sequence[str]
    log: Path | None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    account: Account = field(default_factory=own_account)
    umask: int = 0o077
    dies_by: signal.Signals = signal.SIGKILL
    inherits: tuple[int, ...] = ()


def launch(program: Program) -> subprocess.Popen[bytes]:
    """Start the program in a session of its own; its output goes to the end of its log.

    Call it from the thread that will live as long as the process: the child dies with it.
    """
    us, account = os.getpid(), program.account

    def prepare() -> None:
        # After the uid is changed, and before exec: the order in which the kernel remembers.
        if account.in_namespace:
            _enter_user_namespace()
        else:
            drop_capabilities()
        die_with_parent(us, by=program.dies_by)

    root = os.geteuid() == 0
    with _opened_log(program.log) as log:
        return subprocess.Popen(  # noqa: S603 (our own programs, named by path)
            [str(word) for word in program.command],
            env={**PLAIN_ENVIRONMENT, **program.environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=None if log is None else subprocess.STDOUT,
            cwd="/",
            umask=program.umask,
            pass_fds=program.inherits,
            start_new_session=True,
            user=account.uid if root else None,
            group=account.gid if root else None,
            extra_groups=account.groups if root else None,
            preexec_fn=prepare,  # noqa: PLW1509 (one thread: nothing can hold a lock across the fork)
        )


def run_once(program: Program) -> None:
    """Run the program to its end; raises `Unavailable` with what it said last."""
    if launch(program).wait() != 0:
        raise Unavailable(f"{program.name} failed: {last_words(program.log)}")


def last_words(log: Path | None) -> str:
    """The last line of a log, and where the others are."""
    if log is None:
        return "it has said why"
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return f"{lines[-1]} (more in {log})" if lines else f"its log {log} is empty"


def _enter_user_namespace() -> None:
    """Appear as nobody to ourselves while remaining who we are, without powers, to the file system."""
    uid, gid = os.geteuid(), os.getegid()
    # Once root has become somebody else, /proc/self is root's until exec, or until this.
    _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
    if _libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_NOBODY} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_NOBODY} {gid} 1")


def _opened_log(path: Path | None) -> AbstractContextManager[IO[bytes] | None]:
    if path is None:
        return nullcontext()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _LOG_LIMIT:
        path.replace(path.with_name(path.name + ".1"))
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb")
