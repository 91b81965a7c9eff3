"""Showing an original to a virus scanner before anything opens it: ClamAV's daemon, where one is configured.

The session is `INSTREAM` of clamd(8): pieces with their lengths before them, an empty one at the end, and one
answer.
"""

import socket
import struct
from pathlib import Path

from evidence.errors import Unavailable
from workers.inspect.refusals import RefusedError

_PIECE = 1 << 17
_LENGTH = struct.Struct(">I")
_PATIENCE_SECONDS = 300.0
"""clamd answers within its own MaxScanTime, two minutes by default."""
_MOST_ANSWER = 4096
_DEFAULT_PORT = 3310


def scan(clamd: str, source: Path) -> bool:
    """Whether the scanner saw all of the file and knows no harm of it; False: it was too large for it.

    `clamd` is `host:port` or the absolute path of a socket. Raises `RefusedError` (`malware`), `Unavailable`
    (`scanner_away`) where the scanner does not answer as it should: a file waits rather than goes unseen.
    """
    try:
        with _reach(clamd) as line:
            line.settimeout(_PATIENCE_SECONDS)
            answer = _shown(line, source)
    except (BrokenPipeError, ConnectionResetError) as cut:
        # It hangs up on whoever sends more than it takes, and its reason may be lost on the way.
        if _is_there(clamd):
            return False
        raise _away(type(cut).__name__) from cut
    except OSError as away:
        raise _away(type(away).__name__) from away
    if answer.endswith("FOUND"):
        raise RefusedError("malware")
    if answer == "stream: OK":
        return True
    if "size limit exceeded" in answer:
        return False
    raise _away("an answer that says neither yes nor no")


def _shown(line: socket.socket, source: Path) -> str:
    line.sendall(b"zINSTREAM\0")
    try:
        with source.open("rb") as file:
            while piece := file.read(_PIECE):
                line.sendall(_LENGTH.pack(len(piece)) + piece)
        line.sendall(_LENGTH.pack(0))
    except (BrokenPipeError, ConnectionResetError):
        if answer := _answer(line):
            return answer
        raise
    return _answer(line)


def _is_there(clamd: str) -> bool:
    try:
        with _reach(clamd) as line:
            line.settimeout(_PATIENCE_SECONDS)
            line.sendall(b"zPING\0")
            return _answer(line) == "PONG"
    except OSError:
        return False


def _answer(line: socket.socket) -> str:
    answer = b""
    while len(answer) < _MOST_ANSWER and (said := line.recv(_MOST_ANSWER)):
        answer += said
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _reach(clamd: str) -> socket.socket:
    if clamd.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.connect(clamd)
        return line
    host, _, port = clamd.rpartition(":")
    return socket.create_connection((host or clamd, int(port) if host else _DEFAULT_PORT), timeout=10)


def _away(why: str) -> Unavailable:
    return Unavailable(f"The virus scanner does not answer ({why}); the file waits.", code="scanner_away")
