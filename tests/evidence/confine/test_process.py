"""What a process gives up: life after its parent's, and the eyes of its neighbours."""

import os
import select
import signal
import subprocess
import sys

import pytest

from .conftest import RunScript

PARENT = """
import os, subprocess, sys, time
from evidence.confine import die_with_parent
me = os.getpid()
child = subprocess.Popen(["sleep", "600"], preexec_fn=lambda: die_with_parent(me))
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_child_dies_with_a_parent_that_is_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout
    child = os.pidfd_open(int(parent.stdout.readline()))
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    gone, _, _ = select.select([child], [], [], 10)
    os.close(child)
    assert gone, "the child lives on as an orphan"


def test_a_child_of_a_parent_already_gone_ends_at_once(run_script: RunScript) -> None:
    told = run_script(
        """
        child = subprocess.run(
            [sys.executable, "-c", "from evidence.confine import *; die_with_parent(2 ** 22); print(1)"],
            capture_output=True,
        )
        tell(code=child.returncode, said=child.stdout.decode())
        """
    )
    assert told == {"code": -signal.SIGKILL, "said": ""}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a process of another uid to look with")
def test_a_neighbour_of_the_same_uid_cannot_read_the_environment(run_script: RunScript) -> None:
    told = run_script(
        """
        reading, writing = os.pipe()
        hidden = os.fork()
        if hidden == 0:
            os.setuid(61_999)
            hide_from_neighbours()
            os.write(writing, b"!")
            signal.pause()
        os.read(reading, 1)
        looker = os.fork()
        if looker == 0:
            os.setuid(61_999)
            os._exit(attempt(lambda: open(f"/proc/{hidden}/environ").read()) == "PermissionError")
        _, status = os.waitpid(looker, 0)
        os.kill(hidden, signal.SIGKILL)
        os.waitpid(hidden, 0)
        tell(barred=os.waitstatus_to_exitcode(status) == 1)
        """
    )
    assert told == {"barred": True}
