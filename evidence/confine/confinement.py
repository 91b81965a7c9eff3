"""A confinement: the only files, ports and neighbours that a process may still touch.

Applied by a door to itself before it serves, and to a media tool between fork and exec. It cannot be undone,
and everything the process starts is under it too; a second one can only take away more (at most 16 layers).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence.confine.landlock import File, Ruleset, Tcp, kernel_abi, ruleset
from evidence.confine.process import drop_capabilities, gain_no_privileges, has_one_thread

_READ = File.READ_FILE | File.READ_DIR
_EXECUTE = File.EXECUTE | File.READ_FILE
_WRITE = (
    _READ
    | File.WRITE_FILE
    | File.TRUNCATE
    | File.MAKE_REG
    | File.MAKE_DIR
    | File.REMOVE_FILE
    | File.REMOVE_DIR
    | File.REFER
)


@dataclass(frozen=True)
class Support:
    """What this kernel can enforce."""

    abi: int

    @property
    def files(self) -> bool:
        """Files outside the lists, and the memory and environment of processes outside, are barred."""
        return self.abi >= 1

    @property
    def tcp(self) -> bool:
        """TCP ports outside the lists are barred."""
        return self.abi >= 4

    @property
    def signals(self) -> bool:
        """Processes outside can be sent no signal, and their abstract sockets are out of reach."""
        return self.abi >= 6

    @property
    def gaps(self) -> tuple[str, ...]:
        """What is *not* enforced here, in words for the operator; empty when all is."""
        words = {"files": self.files, "TCP ports": self.tcp, "signals and abstract sockets": self.signals}
        return tuple(word for word, enforced in words.items() if not enforced)


def supported() -> Support:
    """Ask the kernel what a confinement can enforce on this machine."""
    return Support(kernel_abi())


@dataclass(frozen=True)
class Confinement:
    """What stays open. Whatever is not listed is barred, as far as `supported()` reaches.

    `read`: files, or directories with all below them, that may be read and listed; one that does not exist is
    passed over. `write`: the same, and may be written, made, renamed and removed; each must exist. `execute`:
    programs that may be started, and the loader and libraries they need (not implied by `read`).
    `connect_ports`, `bind_ports`: TCP ports. UDP and named Unix sockets are not Landlock's to bar.
    """

    read: Sequence[Path] = ()
    write: Sequence[Path] = ()
    execute: Sequence[Path] = ()
    connect_ports: Sequence[int] = ()
    bind_ports: Sequence[int] = ()

    def apply(self) -> Support:
        """Confine this process for ever, drop its capabilities, and tell what the kernel enforces.

        Call it while the process has one thread: Landlock binds the calling thread and its children only.
        Raises RuntimeError with more threads, FileNotFoundError for a missing `write`, OSError if refused.
        """
        if not has_one_thread():
            raise RuntimeError("confine before starting threads: the others would stay free")
        support = supported()
        drop_capabilities()
        gain_no_privileges()
        if support.abi:
            with ruleset(support.abi) as rules:
                self._write_down(rules, support)
                rules.restrict_self()
        return support

    def _write_down(self, rules: Ruleset, support: Support) -> None:
        for paths, allowed in ((self.read, _READ), (self.execute, _EXECUTE)):
            for path in filter(Path.exists, paths):
                rules.allow_beneath(path, allowed)
        for path in self.write:
            rules.allow_beneath(path, _WRITE)
        if support.tcp:
            for port in self.connect_ports:
                rules.allow_port(port, Tcp.CONNECT)
            for port in self.bind_ports:
                rules.allow_port(port, Tcp.BIND)
