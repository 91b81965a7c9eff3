"""Which request goes to which part of tus, and what a refusal looks like in its terms."""

from collections.abc import Awaitable

from evidence.errors import EvidenceError
from evidence.spool import Busy
from intake.door import Door
from intake.tus import protocol
from intake.tus.create import create
from intake.tus.patch import patch
from intake.tus.upload import head, terminate
from intake.uploads.addresses import PREFIX, not_done_here, secret_in
from intake.uploads.receiving import OffsetMismatch
from intake.wire.http import Answer, Headers, Receive, Request, Send, problem


class TusEndpoint:
    """Answers what is asked in tus; `headers` stand in every answer."""

    headers: Headers = protocol.common_headers()

    def __init__(self, door: Door) -> None:
        self._door = door

    def answer(self, request: Request, receive: Receive, _send: Send) -> Awaitable[Answer]:
        """Answer one request; raises whatever refuses it."""
        protocol.require_version(request.headers)
        secret = secret_in(request)
        if secret is None:
            if request.method != "POST":
                raise not_done_here(secret)
            return create(self._door, request, receive, PREFIX)
        match request.method:
            case "HEAD":
                return head(self._door, secret)
            case "PATCH":
                return patch(self._door, request, receive, secret)
            case "DELETE":
                return terminate(self._door, secret)
        raise not_done_here(secret)

    def refuse(self, request: Request, refusal: EvidenceError) -> Answer:
        """Refuse with problem details."""
        headers: Headers = ()
        if isinstance(refusal, protocol.WrongVersion):
            headers = protocol.discovery_headers(self._door.settings.max_file_bytes)
        if isinstance(refusal, OffsetMismatch):
            # Whoever is live cannot wait for a HEAD.
            headers = (("Upload-Offset", str(refusal.offset)),)
        # Clients start from zero after any answer to HEAD but 2xx and 423: when in doubt, "in a moment".
        if request.method == "HEAD" and refusal.status >= 500:
            refusal = Busy()
        return problem(refusal, headers)
