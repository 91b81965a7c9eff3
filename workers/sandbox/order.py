"""What the worker asks of a sandboxed child: one frozen value, sent as JSON in argv."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The most a tool may take. Seconds of CPU are summed over its threads; sizes are in bytes.

    `wall_seconds` is kept by the parent (SIGKILL to the whole group); the rest by the kernel (setrlimit(2)).
    `processes` counts threads and is set only inside a user namespace, where nobody else's are counted.
    """

    wall_seconds: float
    cpu_seconds: int
    memory_bytes: int
    file_bytes: int
    open_files: int = 64
    processes: int = 256


@dataclass(frozen=True, slots=True)
class Order:
    """One tool to run, its limits, and what of the disk it may see.

    Either a program, whose path is `argv[0]`, or `module`, one of ours, whose `main(argv)` returns an exit
    status.
    """

    module: str
    argv: tuple[str, ...]
    environment: dict[str, str]
    limits: Limits
    confined: bool
    readable: tuple[str, ...]
    executable: tuple[str, ...]
    writable: tuple[str, ...]
    syscall_filter: str
    """A compiled seccomp program in base64; empty where libseccomp is not installed."""

    def to_json(self) -> str:
        """The order as one argument of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Order":
        """The order a parent wrote with `to_json`; the parent is trusted, so nothing is checked again."""
        raw = json.loads(text)
        raw["limits"] = Limits(**raw["limits"])
        for field in ("argv", "readable", "executable", "writable"):
            raw[field] = tuple(raw[field])
        return cls(**raw)
