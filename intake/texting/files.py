"""Files of a message: listed and fetched by the carrier's API, sent through our own front door, and deleted.

Nothing that a webhook says of files is used but that there are some. Custody begins where everybody's does: a
tus upload, bound to the tip. It is repeatable: its key and its token follow from the file's id, so that a
process that dies at any moment leaves nothing that the next would do twice.
"""

import base64
import json
import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from uuid import UUID

import requests
from psycopg.errors import UniqueViolation
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from evidence.db.connect import Connection, Pool
from evidence.derive import derive
from evidence.spool import UploadSecret
from evidence.texting import incoming
from evidence.texting.incoming import Noted, TextFile
from evidence.thread import once_of
from evidence.tips.door import admit_by_text
from intake.guard.proof import HEADER as PROOF
from intake.guard.proof import solve
from intake.texting.arrival import move_on
from intake.texting.permanence import Fate
from intake.texting.settings import TextingSettings
from intake.texting.sids import MEDIA_SID
from intake.texting.standing import require_standing
from intake.texting.twilio import CarrierError, Twilio

log = logging.getLogger(__name__)

# A carrier's own limit is 5 MB for a file.
MOST_BYTES = 100_000_000
_CHUNK_BYTES = 1 << 20
_PASS_LIVES = timedelta(hours=1)
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=15)
# A list that lacks files may be older than the message; after an hour and a half of asking it is not. Then
# the message stays at the carrier, and the operator is told.
_LISTED_AFTER = 12
_KEPT_WAITS = timedelta(days=1)
# Our front door has every byte of it, or had; the store has the original, or nobody is to have it any more.
_HERE, _SAFE = ("received", "sealed", "gone"), ("sealed", "gone")


class DoorAwayError(Exception):
    """Our front door cannot take a file now."""


class TipFullError(Exception):
    """The tip takes no more files."""


@dataclass(frozen=True)
class Fetcher:
    """Brings files in; safe to be asked twice for the same message."""

    settings: TextingSettings
    pool: Pool
    twilio: Twilio

    def fetch(self, once: bytes) -> None:
        """Bring a message's files in; what fails is tried again later.

        Raises `Unavailable` where texts are not this door's to work on.
        """
        with self.pool.connection() as conn:
            require_standing(conn, self.settings)
            text = incoming.claim(conn, once)
        if text is None or text.tip_id is None:
            return
        try:
            arrived = self._bring_all(text, text.tip_id)
        except TipFullError:
            with self.pool.connection() as conn:
                move_on(conn, self.settings, text)
            return
        except (CarrierError, DoorAwayError) as trouble:
            log.warning("a text's files wait: %s", trouble)
            arrived = False
        with self.pool.connection() as conn:
            if arrived:
                incoming.move(conn, once, "sealing")
            else:
                wait = min(_FIRST_WAIT * 2 ** min(text.attempts, 10), _LONGEST_WAIT)
                incoming.put_off(conn, once, wait)

    def _bring_all(self, text: Noted, tip_id: UUID) -> bool:
        listed = self.twilio.media_of(text.sid)
        with self.pool.connection() as conn:
            for sid, _ in listed:
                incoming.expect_file(conn, text.once, once_of(sid), sid)
            for file in incoming.files_of(conn, text.once):
                if file.state == "unfinished":
                    incoming.file_unfinished(conn, file.once)
            files, lacking = incoming.files_of(conn, text.once), incoming.lacks_files(conn, text)
        kinds, trouble = dict(listed), None
        for number, file in enumerate(files, start=1):
            if file.reason or file.state in _HERE:
                continue
            try:
                self._bring(text, tip_id, file, f"text-{number}", kinds.get(file.sid, ""))
            except (CarrierError, DoorAwayError) as one:  # keeps none of the others
                trouble = one
        if trouble:
            raise trouble
        if lacking and text.attempts >= _LISTED_AFTER:
            log.error("a text was said to have more files than the carrier lists: it stays there")
            return True
        return not lacking

    def _bring(self, text: Noted, tip_id: UUID, file: TextFile, name: str, kind: str) -> None:
        # Without a name: it is gone with this process, however that ends.
        with tempfile.TemporaryFile(dir=self.settings.scratch) as scratch:
            try:
                size = self.twilio.download(text.sid, file.sid, scratch, MOST_BYTES)
            except CarrierError as refusal:
                # What is given up here is deleted there: only what is not there any more.
                if refusal.number != requests.codes.not_found:
                    raise
                size, reason = 0, f"carrier_{refusal.number}"
            else:
                reason = "empty"
            if size:
                if self._upload(tip_id, file, scratch, {"filename": name, "filetype": kind}):
                    return
                reason = "tip_ended"
        with self.pool.connection() as conn:
            incoming.file_refused(conn, file.once, reason)
        log.warning("a text's file was not taken: %s", reason)

    def _upload(self, tip_id: UUID, file: TextFile, content: BinaryIO, about: dict[str, str]) -> bool:
        """Send a file as anybody's client does, with a token that is good for this one.

        False where the tip was withdrawn meanwhile, and takes nothing more; raises `TipFullError`.
        """
        # An upload that has ended before it was whole keeps its token and its key for ever.
        this_try = file.sid.encode() + (b" %d" % file.tries if file.tries else b"")
        token = derive(self.settings.vault.marking, b"upload of " + tip_id.bytes + this_try)
        with self.pool.connection() as conn:
            if not _admit(conn, tip_id, token):
                return False
        key = base64.urlsafe_b64encode(derive(self.settings.vault.marking, b"key of " + this_try))
        headers = {"Idempotency-Key": key.rstrip(b"=").decode()}
        about = {**about, "tip": base64.urlsafe_b64encode(token).rstrip(b"=").decode()}
        try:
            url = self._opened(content, about, headers)
            upload_id = UploadSecret.from_text(urlsplit(url).path.rpartition("/")[2]).upload_id
            # Before its bytes: once the store has it, nobody who asks with the key is told of it any more.
            with self.pool.connection() as conn:
                incoming.file_opened(conn, file.once, upload_id)
            # The key opens; what goes on from there needs the address alone.
            TusClient(f"{self.settings.front_door}/files/").uploader(
                file_stream=content, url=url, chunk_size=_CHUNK_BYTES
            ).upload()
        except TusCommunicationError as refused:
            if _problem_of(refused).get("code") == "too_many_files":
                raise TipFullError from None
            if refused.status_code == requests.codes.gone:
                with self.pool.connection() as conn:
                    incoming.file_unfinished(conn, file.once)
            raise DoorAwayError(f"our front door answered {refused.status_code}") from None
        except (requests.RequestException, OSError) as away:
            raise DoorAwayError(f"our front door cannot be reached: {type(away).__name__}") from None
        return True

    def _opened(self, content: BinaryIO, about: dict[str, str], headers: dict[str, str]) -> str:
        """Open an upload and return its address; where a proof of work is asked for, bring it.

        All that is texted comes from one address, and that may be over its limit, as anybody's may.
        """
        client = TusClient(f"{self.settings.front_door}/files/", headers)
        try:
            return _create(client, content, about)
        except TusCommunicationError as refused:
            problem = _problem_of(refused)
            if problem.get("code") != "proof_needed":
                raise
        client.set_headers({PROOF: str(solve(problem))})
        return _create(client, content, about)


def _create(client: TusClient, content: BinaryIO, about: dict[str, str]) -> str:
    uploader = client.uploader(file_stream=content, chunk_size=_CHUNK_BYTES, metadata=about)
    url: str = uploader.create_url()
    return url


def _problem_of(refused: TusCommunicationError) -> dict[str, Any]:
    """The problem details (RFC 9457) that a refusal holds; nothing where it holds none."""
    try:
        problem = json.loads(refused.response_content or b"{}")
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


@dataclass(frozen=True)
class Settler:
    """Deletes at the carrier what is safe here: files once sealed, messages once reconciled."""

    pool: Pool
    twilio: Twilio

    def let_go_of_sealed(self) -> None:
        """Delete files whose originals are sealed; then their messages may go as well."""
        with self.pool.connection() as conn:
            waiting = incoming.due(conn, ["sealing"])
        for text in waiting:
            with self.pool.connection() as conn:
                files = incoming.files_of(conn, text.once)
                safe = [file for file in files if file.reason or file.state in _SAFE]
            if not all(self._let_go(text, file) for file in safe):
                with self.pool.connection() as conn:
                    incoming.put_off(conn, text.once, _LONGEST_WAIT)
            elif len(safe) == len(files):
                with self.pool.connection() as conn:
                    lacking = incoming.lacks_files(conn, text)
                kept = lacking and self.twilio.get(text.sid) is not None
                with self.pool.connection() as conn:
                    incoming.move(conn, text.once, "kept" if kept else "settle")
                    if kept:
                        incoming.put_off(conn, text.once, _KEPT_WAITS)

    def look_again(self) -> None:
        """Let files be looked for once more that the carrier did not list."""
        with self.pool.connection() as conn:
            for text in incoming.due(conn, ["kept"]):
                incoming.move(conn, text.once, "files")

    def _let_go(self, text: Noted, file: TextFile) -> bool:
        if MEDIA_SID.fullmatch(file.sid) and not self._granted(self.twilio.delete_medium, text.sid, file.sid):
            return False
        with self.pool.connection() as conn:
            incoming.file_forgotten(conn, file.once)
        return True

    def delete_reconciled(self, before: datetime) -> None:
        """Delete messages that are taken in, and that a later reading of the carrier's list has covered."""
        with self.pool.connection() as conn:
            done = incoming.due(conn, ["settle"], before=before)
        for text in done:
            deleted = self.delete(text.sid)
            with self.pool.connection() as conn:
                if deleted:
                    incoming.move(conn, text.once, "done")
                else:
                    incoming.put_off(conn, text.once, _LONGEST_WAIT)

    def delete(self, sid: str) -> bool:
        """Delete a message; False where the carrier will not, for this one and for now."""
        return self._granted(self.twilio.delete, sid)

    @staticmethod
    def _granted(deletion: Callable[..., None], *sids: str) -> bool:
        """Ask for it; whoever is refused for good holds up no other."""
        try:
            deletion(*sids)
        except CarrierError as refusal:
            if refusal.fate is Fate.LATER:
                raise
            log.warning("the carrier keeps a message: %s", refusal.number)
            return False
        return True


def _admit(conn: Connection, tip_id: UUID, token: bytes) -> bool:
    """Let the token bind one upload; where it could already, because we died after it, that is enough.

    False where the tip has ended.
    """
    try:
        with conn.transaction():
            return admit_by_text(conn, tip_id, token, datetime.now(UTC) + _PASS_LIVES, files=1)
    except UniqueViolation:
        return True
