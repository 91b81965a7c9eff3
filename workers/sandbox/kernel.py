"""Two means of the kernel that `evidence.confine` does not need: namespaces and a filter of system calls.

Both act on the calling process alone and survive execve(2). They are imported by the child entry and by
nothing else: a worker that called one of these would shut itself in.
"""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)

_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC, _CLONE_NEWUTS = 0x10000000, 0x40000000, 0x08000000, 0x04000000
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_SOCK_FILTER_BYTES = 8


class _Program(ctypes.Structure):
    """struct sock_fprog, seccomp(2)."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def leave_namespaces() -> bool:
    """unshare(2): user, network, IPC and host-name namespaces of its own, with no interface up but none at
    all.

    No uid is mapped: inside, everybody is the overflow uid (`nobody`), which costs nothing, needs no write to
    /proc, and leaves execve(2) no root to give capabilities to. False where the kernel or a container refuses
    it, as many do; the filter and Landlock must then do alone.
    """
    kinds = _CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS
    left: int = _libc.unshare(kinds)
    return left == 0


def install_filter(program: bytes) -> None:
    """Load a compiled seccomp program for good, seccomp(2). no_new_privs must be set. Raises OSError."""
    loaded = _Program(len(program) // _SOCK_FILTER_BYTES, program)
    if _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(loaded), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
