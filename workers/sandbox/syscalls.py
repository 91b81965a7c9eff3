"""Which system calls a media tool never needs, compiled once by libseccomp into a filter the kernel runs.

It forbids sockets, other processes (fork, signals, ptrace), mounts, keys and changes of ownership or mode,
which Landlock does not cover. A list of what is forbidden, not of what is allowed: codecs and C libraries
change what they call from version to version, and Landlock and the namespaces stand behind this filter. See
seccomp(2).
"""

import errno
import os
from base64 import b64encode
from types import ModuleType
from typing import Any

try:
    import pyseccomp
except (ImportError, RuntimeError, OSError):  # it raises at import where the C library is missing
    pyseccomp = None

_libseccomp: ModuleType | None = pyseccomp

FORBIDDEN = (
    # Sockets: the network, and every local service that listens on a path.
    *(
        "socket",
        "socketpair",
        "connect",
        "bind",
        "listen",
        "accept",
        "accept4",
        "sendto",
        "sendmsg",
        "sendmmsg",
    ),
    # Other processes: making, stopping, reading or reprioritising them.
    *("fork", "vfork", "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open"),
    *("pidfd_send_signal", "pidfd_getfd", "ptrace", "process_vm_readv", "process_vm_writev", "kcmp"),
    *("process_madvise", "setpriority", "ioprio_set", "migrate_pages", "move_pages"),
    # What the kernel lets an owner do to files Landlock does not guard.
    *(
        "chmod",
        "fchmod",
        "fchmodat",
        "fchmodat2",
        "chown",
        "fchown",
        "lchown",
        "fchownat",
        "setxattr",
        "lsetxattr",
    ),
    *(
        "fsetxattr",
        "removexattr",
        "lremovexattr",
        "fremovexattr",
        "utime",
        "utimes",
        "utimensat",
        "futimesat",
    ),
    *("open_by_handle_at", "name_to_handle_at", "mknod", "mknodat"),
    # Shared memory and queues between processes.
    *("shmget", "shmat", "msgget", "semget", "mq_open"),
    # The machine itself, and the wide doors into the kernel.
    *(
        "mount",
        "umount2",
        "move_mount",
        "open_tree",
        "fsopen",
        "fsmount",
        "mount_setattr",
        "pivot_root",
        "chroot",
    ),
    *("setns", "unshare", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter"),
    *(
        "io_uring_register",
        "keyctl",
        "add_key",
        "request_key",
        "init_module",
        "finit_module",
        "delete_module",
    ),
    *("kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "acct", "quotactl", "settimeofday"),
    *(
        "clock_settime",
        "clock_adjtime",
        "adjtimex",
        "sethostname",
        "setdomainname",
        "syslog",
        "fanotify_init",
    ),
)
_CLONE_THREAD = 0x00010000
_UNKNOWN = -1
"""libseccomp's answer for a name it does not know: an older release, or a call this processor never had."""


def compile_filter() -> str:
    """The filter as base64 of an array of struct sock_filter, or "" where libseccomp is not installed."""
    if _libseccomp is None:
        return ""
    refused, missing = _libseccomp.ERRNO(errno.EPERM), _libseccomp.ERRNO(errno.ENOSYS)
    rules = _libseccomp.SyscallFilter(_libseccomp.ALLOW)
    for name in FORBIDDEN:
        if _libseccomp.resolve_syscall(_libseccomp.Arch.NATIVE, name) != _UNKNOWN:
            rules.add_rule(refused, name)
    # Threads are made by clone(CLONE_THREAD); without that bit it would be a process. clone3 hides its flags
    # behind a pointer, so it "does not exist" and the C library falls back to clone.
    rules.add_rule(refused, "clone", _libseccomp.Arg(0, _libseccomp.MASKED_EQ, _CLONE_THREAD, 0))
    rules.add_rule(missing, "clone3")
    # A process may change its own limits, nobody else's.
    rules.add_rule(refused, "prlimit64", _libseccomp.Arg(0, _libseccomp.NE, 0))
    return b64encode(_export(rules)).decode()


def _export(rules: Any) -> bytes:
    with os.fdopen(os.memfd_create("filter"), "r+b") as program:
        rules.export_bpf(program)
        program.seek(0)
        return program.read()
