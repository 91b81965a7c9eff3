"""The Landlock system calls, as linux/landlock.h and docs.kernel.org/userspace-api/landlock.html have them.

Only what this house needs: files, TCP ports and scopes. A kernel that knows less is asked for less; the
caller learns from `kernel_abi` what it got.
"""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntFlag
from pathlib import Path

_SYS_CREATE_RULESET, _SYS_ADD_RULE, _SYS_RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH, _RULE_NET_PORT = 1, 2

_libc = ctypes.CDLL(None, use_errno=True)


class File(IntFlag):
    """What may be done to a file or a directory (LANDLOCK_ACCESS_FS_*)."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13  # ABI 2
    TRUNCATE = 1 << 14  # ABI 3
    IOCTL_DEV = 1 << 15  # ABI 5


class Tcp(IntFlag):
    """What may be done to a TCP port, ABI 4 (LANDLOCK_ACCESS_NET_*)."""

    BIND = 1 << 0
    CONNECT = 1 << 1


class Scope(IntFlag):
    """What may not reach out of the confinement, ABI 6 (LANDLOCK_SCOPE_*)."""

    ABSTRACT_UNIX_SOCKET = 1 << 0
    SIGNAL = 1 << 1


ON_ONE_FILE = File.EXECUTE | File.WRITE_FILE | File.READ_FILE | File.TRUNCATE | File.IOCTL_DEV


class _RulesetAttr(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("tcp", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneathAttr(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


class _NetPortAttr(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64))


def kernel_abi() -> int:
    """The version of Landlock this kernel speaks; 0 where it has none or it is switched off."""
    version: int = _libc.syscall(_SYS_CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION)
    return max(version, 0)


def known_files(abi: int) -> File:
    """The rights over files that a kernel of this ABI can take away."""
    known = File.MAKE_SYM * 2 - 1
    if abi >= 2:
        known |= File.REFER
    if abi >= 3:
        known |= File.TRUNCATE
    if abi >= 5:
        known |= File.IOCTL_DEV
    return File(known)


class Ruleset:
    """Rules being written down; they bind this process once `restrict_self` is called."""

    def __init__(self, fd: int, abi: int) -> None:
        self._fd = fd
        self._known = known_files(abi)

    def allow_beneath(self, path: Path, allowed: File) -> None:
        """Allow `allowed` on the file `path`, or on everything under the directory `path`."""
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            if not path.is_dir():
                allowed &= ON_ONE_FILE
            _add_rule(self._fd, _RULE_PATH_BENEATH, _PathBeneathAttr(int(allowed & self._known), parent))
        finally:
            os.close(parent)

    def allow_port(self, port: int, allowed: Tcp) -> None:
        """Allow binding or connecting to one TCP port."""
        _add_rule(self._fd, _RULE_NET_PORT, _NetPortAttr(int(allowed), port))

    def restrict_self(self) -> None:
        """Bind the calling thread, and all it starts, for ever. no_new_privs must be set already."""
        _checked(_libc.syscall(_SYS_RESTRICT_SELF, self._fd, 0))


@contextmanager
def ruleset(abi: int) -> Iterator[Ruleset]:
    """Open a ruleset that takes away everything this ABI can take away."""
    tcp = Tcp.BIND | Tcp.CONNECT if abi >= 4 else Tcp(0)
    scopes = Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL if abi >= 6 else Scope(0)
    attr = _RulesetAttr(int(known_files(abi)), int(tcp), int(scopes))
    fd = _checked(_libc.syscall(_SYS_CREATE_RULESET, ctypes.byref(attr), ctypes.c_size_t(_attr_size(abi)), 0))
    try:
        yield Ruleset(fd, abi)
    finally:
        os.close(fd)


def _attr_size(abi: int) -> int:
    """An older kernel refuses a longer structure than the one it knows."""
    words = 1 + (abi >= 4) + (abi >= 6)
    return words * ctypes.sizeof(ctypes.c_uint64)


def _add_rule(fd: int, kind: int, attr: ctypes.Structure) -> None:
    _checked(_libc.syscall(_SYS_ADD_RULE, fd, kind, ctypes.byref(attr), 0))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock refused: {os.strerror(number)}")
    return result
