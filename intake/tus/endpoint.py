"""`/files/`: which request goes to which part of the protocol, and what a refusal looks like."""

from dataclasses import replace

from evidence.errors import EvidenceError
from evidence.spool import Busy, UploadSecret
from intake.door import Door
from intake.fault import note_fault
from intake.tus import protocol
from intake.tus.create import create
from intake.tus.patch import patch
from intake.tus.upload import head, terminate
from intake.wire.body import Disconnected
from intake.wire.http import Answer, Headers, Receive, Request, Scope, Send, problem

PREFIX = "/files"


class MethodNotAllowed(EvidenceError):
    """The address exists; it does not do that."""

    status = 405
    default_code = "method_not_allowed"


class TusEndpoint:
    """An ASGI app for everything at and under `PREFIX`."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, in the terms of tus; a client that is gone gets none."""
        request = Request(scope)
        try:
            answer = await self._answer(request, receive)
        except Disconnected:
            return
        except EvidenceError as refusal:
            answer = self._refusal(request, refusal)
        except Exception as error:
            answer = self._refusal(request, note_fault("an upload", error))
        await replace(answer, headers=(*protocol.common_headers(), *answer.headers)).send(send)

    async def _answer(self, request: Request, receive: Receive) -> Answer:
        if request.method == "OPTIONS":
            discovery = protocol.discovery_headers(self._door.settings.max_file_bytes)
            return Answer(204, (*discovery, *protocol.preflight_headers()))
        protocol.require_version(request.headers)
        name = request.path.removeprefix(request.scope.get("root_path", "")).removeprefix(PREFIX).lstrip("/")
        if not name:
            return await self._collection(request, receive)
        secret = UploadSecret.from_text(name)
        match request.method:
            case "HEAD":
                return await head(self._door, secret)
            case "PATCH":
                return await patch(self._door, request, receive, secret)
            case "DELETE":
                return await terminate(self._door, secret)
        raise MethodNotAllowed("An upload knows HEAD, PATCH and DELETE.")

    async def _collection(self, request: Request, receive: Receive) -> Answer:
        if request.method != "POST":
            raise MethodNotAllowed("Uploads are opened here with POST.")
        return await create(self._door, request, receive, PREFIX)

    def _refusal(self, request: Request, refusal: EvidenceError) -> Answer:
        headers: Headers = ()
        if isinstance(refusal, protocol.WrongVersion):
            headers = protocol.discovery_headers(self._door.settings.max_file_bytes)
        if isinstance(refusal, MethodNotAllowed):
            headers = (("Allow", "POST, HEAD, PATCH, DELETE, OPTIONS"),)
        if request.method == "HEAD":
            # Clients start from zero after any answer to HEAD but 2xx and 423: when in doubt, "in a moment".
            if refusal.status >= 500:
                refusal = Busy()
            return replace(problem(refusal, headers), body=b"")
        return problem(refusal, headers)
