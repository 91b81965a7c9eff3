"""The tally: what was promised, held against what is there."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from evidence import jobs
from evidence.db.connect import Connection
from evidence.thread import Receipt, read_for_citizen
from evidence.tips.door import mailbox
from tests.chaos.told import Told, written_in
from tests.intake.tus.client import TUS

_AT_REST = ("ready", "quarantined")


@dataclass
class Tally:
    """Counts, and a line for each thing that is not as it was promised."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def count(self, what: str, number: object, faults: list[str] | None = None) -> None:
        """Add a row; where `faults` are given it is a bound of nothing."""
        self.rows.append((what, str(number)))
        self.faults += [f"{what}: {fault}" for fault in faults or []]

    def table(self) -> str:
        """The rows as a table of Markdown."""
        width = max(len(what) for what, _ in self.rows)
        most = max(len(number) for _, number in self.rows)
        lines = [f"| {what:<{width}} | {number:>{most}} |" for what, number in self.rows]
        return "\n".join(
            [f"| {'':<{width}} | {'':>{most}} |", f"|{'-' * (width + 2)}|{'-' * (most + 1)}:|", *lines]
        )


def unrest(conn: Connection) -> list[str]:
    """Name every upload, media and job that still waits for something."""
    waiting = [
        *conn.execute("SELECT 'upload ' || id || ' is ' || state FROM upload WHERE state = 'open'"),
        *conn.execute(
            "SELECT 'media ' || id || ' is ' || state || ' at ' || stage || ', tried ' || attempts"
            " FROM media WHERE state <> ALL(%s)",
            [list(_AT_REST)],
        ),
        *conn.execute(
            # One that is `doing` for a media at rest is over: its worker could not say so.
            "SELECT 'job ' || id || ' ' || task_name || ' is ' || status FROM procrastinate_jobs"
            " WHERE task_name = ANY(%s) AND (status = 'todo' OR status = 'doing'"
            " AND NOT EXISTS (SELECT 1 FROM media WHERE media.id::text = args ->> 'media_id'"
            " AND media.state = ANY(%s)))",
            [list(jobs.TASKS), list(_AT_REST)],
        ),
    ]
    return [str(line) for (line,) in waiting]


def tally(told: Told, conn: Connection, still: list[str], verified: list[str]) -> Tally:
    """Count. `still` is what never came to rest, `verified` what `tipline verify --all` found."""
    tips = [
        bytes(lookup)
        for (lookup,) in conn.execute(
            "SELECT receipt_lookup FROM tip WHERE receipt_lookup IS NOT NULL AND channel <> 'sms'"
        )
    ]
    bare = conn.execute("SELECT count(*) FROM tip WHERE receipt_lookup IS NULL").fetchone()
    media, tip_of = {}, {}
    for upload_id, size, sha256, lookup in conn.execute(
        "SELECT upload_id, bytes, sha256, receipt_lookup FROM media JOIN tip ON tip.id = tip_id"
    ):
        digest = bytes(sha256).hex() if sha256 else ""
        media[upload_id] = (size, digest)
        tip_of[upload_id] = tip_of[digest] = lookup and bytes(lookup)
    copies = Counter(sha256 for _, sha256 in media.values())
    known = set(tips)
    receipts = {submission: Receipt.from_words(words) for submission, words in told.receipts.items()}
    lost_tips = [s for s, receipt in receipts.items() if receipt.lookup_sha256 not in known]
    unreadable = [
        s
        for s, receipt in receipts.items()
        if s not in lost_tips and not _reads(conn, receipt, written_in(s))
    ]
    shortfalls = {upload_id: _shortfall(told, upload_id, media) for upload_id in told.uploads}
    missing = [str(upload_id) for upload_id in told.uploads if upload_id not in media]
    altered = [
        str(upload_id)
        for upload_id, upload in told.uploads.items()
        if upload_id in media and media[upload_id] != (upload.size, upload.sha256)
    ]
    missing += [f"a form's file {sha256}" for sha256 in told.form_files if sha256 not in copies]
    sent_for = {
        **{upload_id: upload.submission for upload_id, upload in told.uploads.items()},
        **told.form_files,
    }
    astray = [
        f"{sent} of {submission}"
        for sent, submission in sent_for.items()
        if sent in tip_of and tip_of[sent] != (submission and receipts[submission].lookup_sha256)
    ]
    # Each submission is one tip, and each bare upload; what nobody was told of may be there all the same.
    promised = len(receipts) + sum(submission is None for submission in sent_for.values())
    extra = len(tips) + (bare[0] if bare else 0) - promised - len(told.given_up)
    twice = [f"{sha256} {count} times" for sha256, count in copies.items() if count > 1]
    result = Tally()
    result.count("tips acknowledged", len(told.receipts))
    result.count("uploads acknowledged", len(told.uploads) + len(told.form_files))
    result.count("bytes acknowledged", f"{sum(upload.offset for upload in told.uploads.values()):,}")
    result.count("requests asked again on purpose", told.repeats)
    result.count("acknowledged tips lost", len(lost_tips), lost_tips)
    result.count("tips whose words do not open them", len(unreadable), unreadable)
    short = [f"{n} of {upload_id}" for upload_id, n in shortfalls.items() if n]
    result.count("acknowledged bytes lost", sum(shortfalls.values()), short)
    result.count("files that never became media", len(missing), missing)
    result.count("files not bit-identical", len(altered), altered)
    result.count("files in another tip", len(astray), astray)
    result.count("tips twice", max(0, extra), [f"{extra} tips too many"] if extra > 0 else [])
    result.count("media twice", len(twice), twice)
    result.count("stuck", len(still) + len(told.given_up), still + told.given_up)
    result.count("promises broken on the way", len(told.broken), told.broken)
    result.count("faults found by `tipline verify --all`", len(verified), verified)
    return result


def _reads(conn: Connection, receipt: Receipt, written: str) -> bool:
    """Whether the words open the tip, and what was written stands in it, once."""
    box = mailbox(conn, receipt.lookup)
    sealed = [] if box is None else [message.sealed_citizen for message in box.messages]
    read = [read_for_citizen(one, receipt.private_key).what for one in sealed if one is not None]
    return read == [written]


def _shortfall(told: Told, upload_id: UUID, media: dict[UUID, tuple[int, str]]) -> int:
    """How many of the bytes that were told of are not there."""
    upload = told.uploads[upload_id]
    if upload_id in media:
        return max(0, upload.offset - media[upload_id][0])
    answer = httpx.head(told.urls[upload_id], headers=TUS, timeout=20)
    return max(0, upload.offset - int(answer.headers.get("upload-offset", "0")))
