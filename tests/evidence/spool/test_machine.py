"""Any order of requests, endings and crashes: the file holds exactly what its writers were told it holds."""

import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from evidence.errors import Conflict
from evidence.spool import Spool, Superseded, Upload, UploadSecret, Writer

PIECES = st.binary(min_size=1, max_size=40)


class SpoolMachine(RuleBasedStateMachine):
    """Several requests hold writers of one upload at a time; only the newest may write."""

    @initialize(length=st.one_of(st.none(), st.integers(min_value=0, max_value=400)))
    def an_upload_begins(self, length: int | None) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.spool = Spool(Path(self.directory.name))
        upload = Upload.new(
            UploadSecret.new(), length=length, lifetime=timedelta(hours=1), sealed_name=b"", metadata=""
        )
        self.id = self.spool.create(upload).upload.id
        self.written = b""
        self.length = length
        self.writers: list[Writer] = []

    @rule()
    def a_request_takes_it_over(self) -> None:
        taken = self.spool.take(self.id)
        assert taken.standing.offset == len(self.written)
        self.writers.append(self.spool.writer(taken))

    @precondition(lambda self: self.writers)
    @rule(piece=PIECES)
    def the_newest_writes(self, piece: bytes) -> None:
        self.writers[-1].append(piece)
        self.written += piece

    @precondition(lambda self: len(self.writers) > 1)
    @rule(piece=PIECES, data=st.data())
    def an_older_one_is_refused(self, piece: bytes, data: st.DataObject) -> None:
        old = data.draw(st.sampled_from(self.writers[:-1]))
        with pytest.raises(Superseded):
            old.append(piece)

    @rule()
    def somebody_asks_and_leaves(self) -> None:
        """A HEAD: the writers of before are refused from then on, and the offset stays true."""
        assert self.spool.take(self.id).standing.offset == len(self.written)
        for writer in self.writers:
            with pytest.raises(Superseded):
                writer.append(b"late")
            writer.close()
        self.writers.clear()

    @rule()
    def the_process_dies(self) -> None:
        for writer in self.writers:
            writer.close()
        self.writers.clear()
        self.spool = Spool(self.spool.root)

    @rule(length=st.integers(min_value=0, max_value=400))
    def the_length_is_declared(self, length: int) -> None:
        """By one who takes it over for that: whoever had it before cannot."""
        for writer in self.writers:
            writer.close()
        self.writers.clear()
        before, taken = self.spool.take(self.id), self.spool.take(self.id)
        with pytest.raises(Superseded):
            self.spool.declare_length(before, length)
        if self.length is None:
            self.spool.declare_length(taken, length)
            self.length = length
        elif taken.standing.upload.length is None and length != self.length:
            with pytest.raises(Conflict):
                self.spool.declare_length(taken, length)

    @invariant()
    def the_disk_agrees(self) -> None:
        if hasattr(self, "id"):
            standing = self.spool.look(self.id)
            assert standing.offset == len(self.written)
            assert standing.length == self.length
            assert self.spool.bytes_path(self.id).read_bytes() == self.written

    def teardown(self) -> None:
        if hasattr(self, "id"):
            for writer in self.writers:
                writer.close()
            self.directory.cleanup()


TestSpoolMachine = SpoolMachine.TestCase
TestSpoolMachine.settings = settings(max_examples=40, stateful_step_count=25)
