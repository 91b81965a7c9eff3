"""The room a process shuts itself into before it serves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from evidence.confine import Confinement, hide_from_neighbours, python_runtime
from evidence.settings import CREDENTIAL_ADDRESSES, Env

_NULL = Path("/dev/null")
_DNS = 53


def shut_in(
    env: Mapping[str, str],
    *,
    write: Sequence[Path] = (),
    read: Sequence[Path] = (),
    execute: Sequence[Path] = (),
    bind_ports: Sequence[int] = (),
    store: bool = False,
    reach: Sequence[str] = (),
) -> None:
    """Keep what this process needs and bar the rest, for good: call it before the first thread.

    It always keeps Python's own files, its scratch directory and the database's port; with `store`, the
    store's port too, and where the machine hands out credentials for it; and the ports of the addresses in
    `reach`. Other secrets, the database's and the store's
    files, other processes' memory and environment, and every other TCP port are out of reach, as far as this
    kernel can enforce it (`evidence.confine.supported`). What is in `write` is made where it is missing.
    """
    scratch = Env(env).optional("TIPLINE_SCRATCH")
    kept = [*write, *([Path(scratch)] if scratch else [])]
    for folder in kept:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    ports = [_port(env.get("DATABASE_URL"), 5432), _DNS]
    if store:
        ports.append(_port(env.get("TIPLINE_S3_ENDPOINT"), 443))
        if not env.get("TIPLINE_S3_ACCESS_KEY"):
            ports.extend(_port(env[name], 80) for name in CREDENTIAL_ADDRESSES if env.get(name))
    ports.extend(_port(address, 443) for address in reach)
    Confinement(
        read=[*python_runtime(), *read],
        write=[_NULL, *kept],
        execute=execute,
        connect_ports=ports,
        bind_ports=bind_ports,
    ).apply()
    hide_from_neighbours()


def _port(address: str | None, default: int) -> int:
    parts = urlsplit(address or "")
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme, default)
