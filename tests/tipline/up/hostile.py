"""What a break-in at the public door could run: the door's environment, account and room, and bad intentions.

Started in the place of the public door. Writes one JSON object: its environment's names, and for each attempt
"refused: ..." or what it got. Its arguments are the data directory, a neighbour's pid, and the ports to try.
"""

import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from tipline.run import intake

_PTRACE_ATTACH = 16


def attempt(deed: Callable[[], Any]) -> str:
    try:
        return f"got: {deed()!r}"
    except (OSError, psycopg.Error) as error:
        return f"refused: {error}"


def read_everything(root: Path) -> dict[str, str]:
    """Every file that lies there by name, and every directory that could be listed."""
    places = [
        "secrets",
        "secrets/agency-private-key",
        "secrets/admin-password",
        "secrets/vault-key",
        "secrets/number-key",
        "secrets/carrier-token",
        "scratch/sms",
        "run",
        "log",
        "scratch/console",
    ]
    places += ["run/instance.json", "log/console.log", "postgres", "postgres/cluster/PG_VERSION"]
    places += ["postgres/cluster/global/pg_control", "store/data", "store/.seaweedfs/s3.json", "."]
    return {f"read {place}": attempt(lambda p=root / place: look(p)) for place in places}


def look(place: Path) -> object:
    """Contents of a file by name; for a directory, its names. Whether it exists, the kernel may well tell."""
    fd = os.open(place, os.O_RDONLY)
    try:
        return os.listdir(fd) if place.is_dir() else os.read(fd, 100)
    finally:
        os.close(fd)


def touch_neighbour(pid: int) -> dict[str, str]:
    return {
        "neighbour's environment": attempt(Path(f"/proc/{pid}/environ").read_bytes),
        "neighbour's memory": attempt(lambda: os.open(f"/proc/{pid}/mem", os.O_RDONLY)),
        "neighbour's files": attempt(lambda: os.listdir(f"/proc/{pid}/fd")),
        "neighbour, by signal": attempt(lambda: os.kill(pid, signal.SIGTERM)),
        "neighbour, by ptrace": attempt(lambda: attach(pid)),
    }


def attach(pid: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    attached: int = libc.ptrace(_PTRACE_ATTACH, pid, None, None)
    if attached < 0:
        raise OSError(ctypes.get_errno(), "ptrace")
    return attached


def try_doors(ports: list[int]) -> dict[str, str]:
    return {
        f"port {port}": attempt(lambda p=port: socket.create_connection(("127.0.0.1", p), 5))
        for port in ports
    }


def question_the_database(url: str) -> dict[str, str]:
    got = {}
    with psycopg.connect(url, autocommit=True) as conn:
        tables = conn.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (table,) in tables:
            got[f"select {table}"] = attempt(lambda t=table: conn.execute(f"TABLE {t}").fetchall())
            got[f"delete {table}"] = attempt(lambda t=table: conn.execute(f"DELETE FROM {t}").rowcount)
        for statement in (
            "SELECT passwd FROM pg_shadow",
            "SELECT pg_read_file('PG_VERSION')",
            "COPY (SELECT 1) TO PROGRAM 'id'",
            "SET ROLE tipline_owner",
            "SET ROLE tipline_console",
            "ALTER ROLE tipline_console PASSWORD 'mine'",
            "CREATE TABLE mine (x int)",
        ):
            got[statement] = attempt(lambda s=statement: conn.execute(s).fetchall())
    return got


def log_in_as_others(url: str) -> dict[str, str]:
    own = psycopg.conninfo.conninfo_to_dict(url)
    roles = (
        "tipline_console",
        "tipline_worker",
        "tipline_operator",
        "tipline_owner",
        "tipline_admin",
        "postgres",
    )
    return {
        f"log in as {role} with {what}": attempt(
            lambda r=role, p=password: psycopg.connect(**{**own, "user": r, "password": p}).close()
        )
        for role in roles
        for what, password in (("the door's password", own["password"]), ("none", ""))
    }


def main(root: str, neighbour: str, *ports: str) -> None:
    environment = dict(os.environ)
    intake.enter(environment)
    url = environment["DATABASE_URL"]
    got = {
        **read_everything(Path(root)),
        **touch_neighbour(int(neighbour)),
        **try_doors([int(port) for port in ports]),
        **question_the_database(url),
        **log_in_as_others(url),
        "write into the store": attempt(lambda: Path(root, "store/disk/planted").write_text("x")),
        "start a shell": attempt(lambda: os.execv("/bin/sh", ["sh", "-c", "exit 3"])),
    }
    sys.stdout.write(json.dumps({"environment": sorted(environment), "got": got}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
