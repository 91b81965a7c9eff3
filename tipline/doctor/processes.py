"""Whether everything that should run does, can serve, is of this version, and is shut in."""

from collections.abc import Iterable, Mapping
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import urlopen

from evidence.confine import supported
from tipline.doctor.finding import Finding, fault, warning, well
from tipline.up.processes import identity_of, is_stopped

_SECONDS = 10


def alive(pids: Mapping[str, int]) -> Iterable[Finding]:
    """Look for each process that is noted as running."""
    missing = sorted(name for name, pid in pids.items() if identity_of(pid) is None)
    if missing:
        yield fault(
            "processes", f"Not running: {', '.join(missing)}.",
            "It is started again by itself within 30 seconds; if not, read the end of its file under log/.",
        )  # fmt: skip
    else:
        yield well("processes", f"All {len(pids)} processes run.")
    if stopped := {name: pid for name, pid in sorted(pids.items()) if is_stopped(pid)}:
        yield fault(
            "processes", f"Stopped, by a signal or a debugger: {', '.join(stopped)}.",
            f"Let them go on: kill -CONT {' '.join(map(str, stopped.values()))}",
        )  # fmt: skip


def ready(name: str, address: str) -> Iterable[Finding]:
    """Ask a door whether it can serve."""
    try:
        with urlopen(f"{address}/readyz", timeout=_SECONDS):  # noqa: S310 (an address of ours)
            yield well("ready", f"{name} can serve.")
    except (OSError, HTTPException) as error:
        why = f"status {error.code}" if isinstance(error, HTTPError) else type(error).__name__
        yield fault(
            "ready", f"{name} cannot serve ({why}).",
            "Look whether the database answers and the spool's disk is there; then read its log.",
        )  # fmt: skip


def version(running: str, installed: str) -> Iterable[Finding]:
    """Compare what was started with what lies here now."""
    if running == installed:
        yield well("version", f"Version {running} runs.")
    else:
        yield warning(
            "version", f"Version {running} runs, and {installed} is installed.", "Start `tipline up` anew."
        )


def shut_in(settings: Mapping[str, str]) -> Iterable[Finding]:
    """Look whether media tools are confined, and what this kernel cannot keep a process from."""
    if settings.get("TIPLINE_SANDBOX") == "off":
        yield fault(
            "sandbox", "Media tools run unconfined: a hostile clip can read every secret of the worker.",
            "Unset TIPLINE_SANDBOX and start `tipline up` anew.",
        )  # fmt: skip
    else:
        yield well("sandbox", "Media tools are shut in.")
    gaps = supported().gaps
    if gaps:
        yield warning(
            "confinement", f"This kernel does not confine processes from {', '.join(gaps)}.",
            "Linux 6.12 confines them fully.",
        )  # fmt: skip
    else:
        yield well("confinement", "The kernel enforces the confinement of every process.")
