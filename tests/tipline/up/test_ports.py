"""No two processes of one machine are told of the same port."""

import subprocess
import sys

from tipline.up.ports import free_ports, is_free

_TELL = """
import sys
from tipline.up.ports import free_ports
print(*free_ports([str(number) for number in range(60)]).values(), flush=True)
sys.stdin.read()
"""


def test_two_processes_that_ask_at_once_are_told_of_different_ports() -> None:
    askers = [
        subprocess.Popen(
            [sys.executable, "-c", _TELL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    told: list[str] = []
    for asker in askers:
        assert asker.stdout is not None
        told += asker.stdout.readline().split()
    for asker in askers:
        asker.communicate()
    assert len(told) == len(set(told)) == 240


def test_a_port_that_another_process_was_told_of_is_not_kept() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _TELL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as asker:
        assert asker.stdout is not None
        theirs = int(asker.stdout.readline().split()[0])
        assert is_free(theirs), "told of, and nobody listens there yet"
        ours = free_ports(["door"], before={"door": theirs})["door"]
        asker.communicate()
    assert ours != theirs
    again = free_ports(["door"], before={"door": ours})["door"]
    assert again == ours


def test_every_name_has_a_port_of_its_own_for_as_long_as_a_run_goes_on() -> None:
    every = [port for _ in range(30) for port in free_ports(["a", "b", "c", "d", "e"]).values()]
    assert len(set(every)) == len(every) == 150
