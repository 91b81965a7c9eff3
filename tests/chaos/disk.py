"""A small disk for the spool, so that it can be filled: a tmpfs in a mount namespace of its own.

As root that is a mount; as anybody else it is one inside a user namespace, from which a second one leads
back to the same user. Both vanish with the last process. Where the kernel allows neither, a limit on the size
of the door's files stands in for it: then writes fail with EFBIG instead of ENOSPC, and the report says so.
"""

import os
import resource
import shlex
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SIZE = 96 * 1024 * 1024
_LEAST_FILE = 256 * 1024


def small_disk(spool: Path) -> list[str]:
    """Return the command through which to start an installation so that `spool` is a small disk.

    Empty where this kernel does not allow it.
    """
    mount = f"mount -t tmpfs -o size={SIZE},mode=0770 chaos {shlex.quote(str(spool))}"
    if os.geteuid() == 0:
        through = [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            f'{mount} && exec "$@"',
            "sh",
        ]
    else:
        back = f"unshare --user --map-user={os.geteuid()} --map-group={os.getegid()}"
        through = [
            "unshare", "--user", "--map-root-user", "--mount",
            "sh", "-c", f'{mount} && exec {back} "$@"', "sh",
        ]  # fmt: skip
    tried = subprocess.run([*through, "true"], capture_output=True, check=False)
    return through if tried.returncode == 0 else []


@dataclass(frozen=True)
class Disk:
    """The spool's disk, as seen by the supervisor with process id `pid`."""

    spool: Path
    pid: int
    own: bool

    @property
    def how(self) -> str:
        """What a full disk is here."""
        return f"a tmpfs of {SIZE >> 20} MiB (ENOSPC)" if self.own else "a limit on file sizes (EFBIG)"

    def fill(self, doors: list[int]) -> None:
        """Leave no room for another page; `doors` are the public door's processes."""
        if not self.own:
            self._limit(doors, _LEAST_FILE)
            return
        with self._ballast.open("ab") as ballast:
            block = bytes(64 * 1024)
            while True:
                try:
                    os.write(ballast.fileno(), block)
                except OSError:
                    return

    def clear(self, doors: list[int]) -> None:
        """Make room again."""
        if self.own:
            self._ballast.unlink(missing_ok=True)
        else:
            self._limit(doors, resource.RLIM_INFINITY)

    @staticmethod
    def _limit(doors: list[int], most: int) -> None:
        for door in doors:
            with suppress(ProcessLookupError):
                resource.prlimit(door, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    @property
    def _ballast(self) -> Path:
        return Path(f"/proc/{self.pid}/root{self.spool}/ballast")
