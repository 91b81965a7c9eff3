"""Asking the kernel about processes: is that one still the one we started, and who is in its session."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_GONE_SECONDS = 10.0


@dataclass(frozen=True)
class Identity:
    """A process beyond doubt: its number is used again one day, but not with the same start time.

    `started` is in clock ticks since the machine's boot (proc_pid_stat(5), field 22).
    """

    pid: int
    started: int

    @property
    def alive(self) -> bool:
        """Whether that very process still runs (one that ended but was not waited for does not)."""
        return identity_of(self.pid) == self


def identity_of(pid: int) -> Identity | None:
    """The process that has this number now; None if there is none."""
    fields = _stat(pid)
    return Identity(pid, int(fields[19])) if fields and fields[0] not in ("Z", "X") else None


def is_stopped(pid: int) -> bool:
    """Whether the process that has this number now is held, by SIGSTOP or a debugger: it does nothing."""
    fields = _stat(pid)
    return fields is not None and fields[0] in ("T", "t")


def runs(pid: int, program: str) -> bool:
    """Whether the process that has this number now runs a program of this name, replaced since or not."""
    try:
        return Path(os.readlink(f"/proc/{pid}/exe")).name.removesuffix(" (deleted)") == program
    except OSError:
        return False


def end_session(leader: Identity, how: signal.Signals) -> None:
    """End a process that may have been left behind, and everybody in its session; return when they are gone.

    Nothing happens to another process that has got the number meanwhile.
    """
    if not leader.alive:
        return
    members = [leader, *_members(leader.pid)]
    until = time.monotonic() + _GONE_SECONDS
    _signal(members, how)
    while any(member.alive for member in members):
        if time.monotonic() > until:
            _signal(members, signal.SIGKILL)
        time.sleep(0.02)


def _members(session: int) -> Iterator[Identity]:
    for entry in Path("/proc").iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdecimal() else None
        if fields and int(fields[3]) == session and int(entry.name) != session:
            yield Identity(int(entry.name), int(fields[19]))


def _signal(members: list[Identity], how: signal.Signals) -> None:
    for member in members:
        if member.alive:
            with suppress(ProcessLookupError):  # it ended in between
                os.kill(member.pid, how)


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third (state) on; the name before them may hold anything."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
