"""What a process gives up for good: capabilities, the right to gain any, a life after its parent's."""

import ctypes
import errno
import os
import signal

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 1, 4, 24, 38
_CLONE_THREAD = 0x10000
_CAPABILITY_VERSION_3 = 0x20080522
_HIGHEST_CAPABILITY = 63

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent: int, by: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to send this process `by` when the thread that forked it ends, even by kill -9.

    Call it after any change of uid, which makes the kernel forget it, and before exec, which does not.
    `parent` is the process id of the parent, read before the fork: where it is gone already, this process
    ends here instead of living on as an orphan.
    """
    _prctl(_PR_SET_PDEATHSIG, by)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def gain_no_privileges() -> None:
    """no_new_privs: no exec of a set-uid program or of one with file capabilities gives anything, ever."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up every capability, for good: root without them owns its files and nothing more."""
    for capability in range(_HIGHEST_CAPABILITY + 1):
        # Refused where this process may not (not root: nothing to drop) or the kernel has no such capability.
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if _libc.capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), "could not give up capabilities")


def has_one_thread() -> bool:
    """Whether this process has no second thread, native ones included.

    unshare(2): CLONE_THREAD changes nothing with one thread and fails with EINVAL with more. Where a sandbox
    forbids the call, this cannot tell, and answers True.
    """
    return bool(_libc.unshare(_CLONE_THREAD) == 0 or ctypes.get_errno() != errno.EINVAL)


def hide_from_neighbours() -> None:
    """Close /proc/<pid>/environ and mem of this process to others of the same uid, and leave no core dump.

    exec opens them again: a program calls this on itself.
    """
    _prctl(_PR_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
