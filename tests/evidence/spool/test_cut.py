"""What came of an upload may be made the whole of it: whoever had it in hand writes nothing more."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from evidence.errors import Gone
from evidence.spool import Spool, Superseded
from tests.evidence.spool.conftest import Create


def test_a_cut_takes_the_upload_from_its_writer(spool: Spool, create: Create) -> None:
    upload = create(None)
    with spool.writer(spool.take(upload.id)) as writer:
        writer.append(b"came")
        standing = spool.cut(upload.id)
        assert (standing.offset, standing.length, standing.ripe) == (4, 4, True)
        with pytest.raises(Superseded):
            writer.append(b"more")
    assert spool.bytes_path(upload.id).read_bytes() == b"came"
    assert spool.cut(upload.id) == standing


def test_a_length_that_never_came_true_is_cut_to_what_came(spool: Spool, create: Create) -> None:
    upload = create(None)
    taken = spool.take(upload.id)
    spool.declare_length(taken, 100)
    with spool.writer(taken) as writer:
        writer.append(b"came")
    assert spool.cut(upload.id).complete
    assert spool.look(upload.id).length == 4
    assert list(spool.root.glob("*.draft")) == []


def test_what_expired_can_still_be_cut_and_what_was_received_stays(spool: Spool, create: Create) -> None:
    upload = create(None, lifetime=timedelta(hours=1))
    with spool.writer(spool.take(upload.id)) as writer:
        writer.append(b"came")
    long_ago = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    os.utime(spool.bytes_path(upload.id), (long_ago, long_ago))
    with pytest.raises(Gone):
        spool.take(upload.id)
    assert spool.cut(upload.id).ripe
    spool.mark_received(upload.id)
    assert spool.cut(upload.id).received
