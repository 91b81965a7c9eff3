"""A confined process reaches what is listed and nothing else."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.confine import supported

from .conftest import RunScript

pytestmark = pytest.mark.skipif(not supported().files, reason="this kernel has no Landlock")
needs_tcp = pytest.mark.skipif(not supported().tcp, reason="Landlock before ABI 4 knows no ports")
needs_scopes = pytest.mark.skipif(not supported().signals, reason="Landlock before ABI 6 knows no scopes")


def test_reads_what_is_listed_and_nothing_beside_it(tmp_path: Path, run_script: RunScript) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note").write_text("mine")
    (tmp_path / "secret").write_text("theirs")
    told = run_script(
        """
        here = Path(sys.argv[1])
        Confinement(read=[*python_runtime(), here / "mine", here / "absent"]).apply()
        tell(
            mine=(here / "mine" / "note").read_text(),
            secret=attempt(lambda: (here / "secret").read_text()),
            listing=attempt(lambda: os.listdir(here)),
            written=attempt(lambda: (here / "mine" / "new").write_text("x")),
        )
        """,
        tmp_path,
    )
    assert told == {
        "mine": "mine",
        "secret": "PermissionError",
        "listing": "PermissionError",
        "written": "PermissionError",
    }


def test_writes_makes_renames_and_removes_where_it_may(tmp_path: Path, run_script: RunScript) -> None:
    told = run_script(
        """
        spool = Path(sys.argv[1])
        Confinement(read=python_runtime(), write=[spool]).apply()
        (spool / "a").write_bytes(b"grown")
        (spool / "deeper").mkdir()
        os.truncate(spool / "a", 1)
        os.rename(spool / "a", spool / "deeper" / "b")
        kept = (spool / "deeper" / "b").read_text()
        (spool / "deeper" / "b").unlink()
        (spool / "deeper").rmdir()
        tell(kept=kept, left=os.listdir(spool), link=attempt(lambda: os.symlink("/", spool / "out")))
        """,
        tmp_path,
    )
    assert told == {"kept": "g", "left": [], "link": "PermissionError"}


def test_starts_only_the_programs_listed(run_script: RunScript) -> None:
    told = run_script(
        """
        Confinement(read=python_runtime(), execute=[Path("/bin/true"), Path("/lib"), Path("/lib64")]).apply()
        true = subprocess.run(["/bin/true"])
        tell(true=true.returncode, other=attempt(lambda: subprocess.run(["/bin/ls"])))
        """
    )
    assert told == {"true": 0, "other": "PermissionError"}


@needs_tcp
def test_connects_and_listens_only_on_its_own_ports(run_script: RunScript) -> None:
    with socket.create_server(("127.0.0.1", 0)) as known, socket.create_server(("127.0.0.1", 0)) as other:
        told = run_script(
            """
            known, other = map(int, sys.argv[1:])
            Confinement(read=python_runtime(), connect_ports=[known]).apply()
            tell(
                known=attempt(lambda: socket.create_connection(("127.0.0.1", known))),
                other=attempt(lambda: socket.create_connection(("127.0.0.1", other))),
                listen=attempt(lambda: socket.create_server(("127.0.0.1", 0)).close()),
            )
            """,
            known.getsockname()[1],
            other.getsockname()[1],
        )
    assert told == {"known": "done", "other": "PermissionError", "listen": "PermissionError"}


@needs_scopes
def test_sends_no_signal_out_and_reads_no_neighbours_environment(run_script: RunScript) -> None:
    neighbour = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        told = run_script(
            """
            neighbour = int(sys.argv[1])
            Confinement(read=[*python_runtime(), Path("/proc")]).apply()
            tell(
                signal=attempt(lambda: os.kill(neighbour, signal.SIGTERM)),
                environment=attempt(lambda: Path(f"/proc/{neighbour}/environ").read_bytes()),
            )
            """,
            neighbour.pid,
        )
        assert neighbour.poll() is None
    finally:
        neighbour.communicate(b"\n")
    assert told == {"signal": "PermissionError", "environment": "PermissionError"}


def test_gives_up_capabilities_for_itself_and_what_it_starts(run_script: RunScript) -> None:
    told = run_script(
        """
        def effective(process):
            status = Path(f"/proc/{process}/status").read_text()
            return int(status.split("CapEff:")[1].split()[0], 16)

        Confinement(read=[*python_runtime(), Path("/proc")], execute=system_libraries()).apply()
        child = subprocess.run(["/bin/grep", "CapEff", "/proc/self/status"], capture_output=True, text=True)
        tell(mine=effective("self"), childs=int(child.stdout.split()[1], 16))
        """
    )
    assert told == {"mine": 0, "childs": 0}


def test_a_second_confinement_only_takes_away_more(tmp_path: Path, run_script: RunScript) -> None:
    told = run_script(
        """
        here = Path(sys.argv[1])
        Confinement(read=[*python_runtime(), here]).apply()
        Confinement(read=[*python_runtime()]).apply()
        Confinement(read=[*python_runtime(), here]).apply()
        tell(listing=attempt(lambda: os.listdir(here)))
        """,
        tmp_path,
    )
    assert told == {"listing": "PermissionError"}


def test_refuses_when_other_threads_would_stay_free(run_script: RunScript) -> None:
    told = run_script(
        """
        import threading
        done = threading.Event()
        threading.Thread(target=done.wait, daemon=True).start()
        try:
            Confinement().apply()
            tell(said=None)
        except RuntimeError as error:
            tell(said=str(error))
        done.set()
        """
    )
    assert told["said"].startswith("confine before starting threads")


def test_says_what_an_older_kernel_leaves_open() -> None:
    support = supported()
    assert type(support)(abi=0).gaps == ("files", "TCP ports", "signals and abstract sockets")
    assert type(support)(abi=3).gaps == ("TCP ports", "signals and abstract sockets")
    assert type(support)(abi=6).gaps == ()
    assert os.uname().sysname == "Linux"
