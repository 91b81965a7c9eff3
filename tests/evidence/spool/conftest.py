"""A spool in a directory of its own, and the two or three steps every test takes with it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.spool import Spool, Upload, UploadSecret

Create = Callable[..., Upload]


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    root = tmp_path / "spool"
    root.mkdir()
    return Spool(root)


@pytest.fixture
def create(spool: Spool) -> Create:
    def make(length: int | None = 10, lifetime: timedelta = timedelta(hours=72)) -> Upload:
        upload = Upload.new(
            UploadSecret.new(), length=length, lifetime=lifetime, sealed_name=b"sealed", metadata=""
        )
        return spool.create(upload).upload

    return make
