"""Bytes copied between two files, where the kernel does it and where it cannot."""

import errno
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.spool.copying import copy_range

ROOT = Path(__file__).parents[3]
CONTENT = secrets.token_bytes(3_000_000)
# The kernel itself refuses, as an old one or a network file system does.
_COPY = """
import os, sys
import pyseccomp
from evidence.spool.copying import copy_range
rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
rules.add_rule(pyseccomp.ERRNO(int(sys.argv[1])), "copy_file_range")
rules.load()
source, target = os.open(sys.argv[2], os.O_RDONLY), os.open(sys.argv[3], os.O_WRONLY | os.O_CREAT)
done = 0
while done < int(sys.argv[4]):
    done += copy_range(source, 100 + done, target, done, int(sys.argv[4]) - done)
"""


def copy_refused_with(number: int, source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    words = [str(number), str(source), str(target), str(len(CONTENT) - 100)]
    return subprocess.run(
        [sys.executable, "-c", _COPY, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["EXDEV", "EINVAL", "ENOSYS", "EOPNOTSUPP"])
def test_where_the_kernel_cannot_copy_the_bytes_arrive_all_the_same(name: str, tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(CONTENT)
    done = copy_refused_with(getattr(errno, name), source, target)
    assert done.returncode == 0, done.stderr
    assert target.read_bytes() == CONTENT[100:]


def test_a_fault_of_the_disk_is_not_taken_for_a_lack_of_means(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(CONTENT)
    assert "Errno 5" in copy_refused_with(errno.EIO, source, target).stderr


def test_nothing_to_copy_is_said(tmp_path: Path) -> None:
    path = tmp_path / "source"
    path.write_bytes(b"abc")
    with path.open("rb") as source, (tmp_path / "target").open("wb") as target, pytest.raises(EOFError):
        copy_range(source.fileno(), 3, target.fileno(), 0, 1)
