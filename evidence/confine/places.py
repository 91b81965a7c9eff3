"""What any Python program here must be able to read: interpreter, libraries, a few files of the system."""

import sys
from pathlib import Path

_SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/ssl",
    "/etc/pki",
    "/etc/ca-certificates",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/mime.types",
    "/run/systemd/resolve",
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
    "/dev/random",
    "/proc/sys",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
)


def system_libraries() -> tuple[Path, ...]:
    """The system's programs, libraries, certificates and resolver files: nothing of ours, nothing secret."""
    return tuple(Path(place) for place in _SYSTEM)


def python_runtime() -> tuple[Path, ...]:
    """The same, this interpreter, and the packages it runs from; not the checkout, in which state may lie."""
    house = Path(__file__).resolve().parents[2]
    rooms = tuple(house / room for room in ("evidence", "intake", "tipline", "web", "workers"))
    return (*system_libraries(), Path(sys.prefix), Path(sys.base_prefix), *rooms)
