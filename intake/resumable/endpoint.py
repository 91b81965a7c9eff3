"""Which request goes to which part of the draft, and what a refusal looks like in its terms."""

from collections.abc import Awaitable

from evidence.errors import EvidenceError
from evidence.spool import Busy
from intake.door import Door
from intake.resumable import protocol
from intake.resumable.append import append
from intake.resumable.create import create
from intake.resumable.exchange import Exchange
from intake.resumable.fields import Fields
from intake.resumable.interim import Interim
from intake.resumable.refusals import MismatchingOffset
from intake.resumable.upload import cancel, head
from intake.uploads.addresses import not_done_here, secret_in
from intake.wire.http import Answer, Headers, Receive, Request, Send, problem


class ResumableEndpoint:
    """Answers what is asked in the draft's terms; `headers` stand in every answer."""

    headers: Headers = protocol.common_headers()

    def __init__(self, door: Door) -> None:
        self._door = door

    def answer(self, request: Request, receive: Receive, send: Send) -> Awaitable[Answer]:
        """Answer one request; raises whatever refuses it."""
        fields = Fields.read(request.headers)
        version = protocol.require_version(fields)
        exchange = Exchange(request, receive, fields, Interim(request.scope, send, version))
        secret = secret_in(request)
        if secret is None:
            if request.method != "POST":
                raise not_done_here(secret)
            return create(self._door, exchange)
        match request.method:
            case "HEAD":
                return head(self._door, secret)
            case "PATCH":
                return append(self._door, exchange, secret)
            case "DELETE":
                return cancel(self._door, secret)
        raise not_done_here(secret)

    def refuse(self, request: Request, refusal: EvidenceError) -> Answer:
        """Refuse with problem details."""
        fields = Fields.read(request.headers)
        headers: list[tuple[str, str]] = []
        if isinstance(refusal, MismatchingOffset):
            headers.append(protocol.offset_header(refusal.expected))
        # Whoever has more to send reads in every answer that the upload is not complete (interop version 6).
        if request.method == "PATCH" and not fields.ends:
            headers.append(protocol.complete_header(False))
        if request.method == "HEAD" and refusal.status >= 500 and fields.version == protocol.LENIENT_VERSION:
            refusal = Busy()
        return problem(refusal, tuple(headers))
