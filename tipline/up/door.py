"""The public door as several processes: one listening socket, one spool, one account."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tipline.up.launch import Program

PROCESSES = "TIPLINE_INTAKE_PROCESSES"
NUMBER = "TIPLINE_INTAKE_NUMBER"
# Each has up to 14 connections; the embedded database takes 100, the worker's and the console's among them.
MOST_PROCESSES = 4
# Files made in the spool are for the group that shares it.
SPOOL_UMASK = 0o027


@dataclass(frozen=True)
class PublicDoor:
    """The socket that all processes of the door accept from, how many they are, and where they speak TLS."""

    listening: socket.socket
    processes: int
    secure: socket.socket | None = None

    def close(self) -> None:
        """Refuse whoever comes from now on."""
        for listening in filter(None, (self.listening, self.secure)):
            listening.close()

    def programs(self, one: Program) -> Iterator[Program]:
        """Name and number the processes, from what any `one` of them is: `intake`, `intake-2`, ..."""
        fd = self.listening.fileno()
        told = {**one.environment, PROCESSES: str(self.processes), "TIPLINE_LISTEN_FD": str(fd)}
        inherits: tuple[int, ...] = (fd,)
        if self.secure:
            told["TIPLINE_HTTPS_FD"] = str(self.secure.fileno())
            inherits = (fd, self.secure.fileno())
        for number in range(1, self.processes + 1):
            name = one.name if number == 1 else f"{one.name}-{number}"
            log = one.log and one.log.with_name(f"{name}.log")
            environment = {**told, NUMBER: str(number)}
            yield replace(
                one, name=name, log=log, environment=environment, inherits=inherits, umask=SPOOL_UMASK
            )
