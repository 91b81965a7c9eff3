"""Shuts its own process in, then becomes the tool: a program by execve(2), or a module of ours by calling it.

A module of ours is imported before the doors close and its `main` called after; what it reads of the
stranger's file it reads inside. This runs in a process of its own rather than in a `preexec_fn`, which is
unsafe in a program with threads. Whatever fails on the way ends it with one line into a pipe made for that: a
tool never starts half confined. The pipe is shut before the tool is there, so that no tool can say so.
"""

import importlib
import os
import resource
import sys
from base64 import b64decode
from pathlib import Path

from evidence.confine import Confinement, die_with_parent, gain_no_privileges
from workers.sandbox import kernel
from workers.sandbox.order import Limits, Order

NOT_CONFINED = 125
NICENESS = 10


def main(argv: list[str]) -> None:
    """Confine this process as the order in argv says, and become its tool. Returns only by ending."""
    order, parent, pipe = Order.from_json(argv[1]), int(argv[2]), int(argv[3])
    os.set_inheritable(pipe, False)
    try:
        module = importlib.import_module(order.module) if order.module else None
        os.nice(NICENESS)
        namespaced = order.confined and kernel.leave_namespaces()
        limit(order.limits, namespaced=namespaced)
        gain_no_privileges()
        if order.confined:
            shut_in(order)
        die_with_parent(parent)  # after every change of credentials: each makes the kernel forget it
        if order.confined and order.syscall_filter:
            kernel.install_filter(b64decode(order.syscall_filter))
    except (OSError, RuntimeError, ImportError) as failed:
        os.write(pipe, str(failed).encode())
        sys.exit(NOT_CONFINED)
    os.close(pipe)
    if module is None:
        os.execve(order.argv[0], order.argv, order.environment)  # noqa: S606 - that is what this is for
    else:
        sys.exit(module.main(list(order.argv)))


def limit(limits: Limits, *, namespaced: bool) -> None:
    """setrlimit(2): soft and hard alike, so that the tool cannot raise them again."""
    ceilings = {
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
    }
    if namespaced:
        ceilings[resource.RLIMIT_NPROC] = limits.processes
    for what, most in ceilings.items():
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))


def shut_in(order: Order) -> None:
    """Landlock: read the runtime, execute the tool, write one folder; no port, and no capability left."""
    Confinement(
        read=tuple(map(Path, order.readable)),
        execute=tuple(map(Path, order.executable)),
        write=tuple(map(Path, order.writable)),
    ).apply()
