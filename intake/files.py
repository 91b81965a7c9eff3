"""`/files/`: uploads, in whichever protocol the client speaks; one spool, and the same addresses."""

from collections.abc import Awaitable
from dataclasses import replace
from typing import Protocol

from evidence.errors import EvidenceError
from intake.door import Door
from intake.fault import note_fault
from intake.resumable import ResumableEndpoint
from intake.resumable import protocol as resumable
from intake.tus import TusEndpoint
from intake.tus import protocol as tus
from intake.uploads.addresses import METHODS
from intake.wire.body import Disconnected
from intake.wire.http import Answer, Headers, Receive, Request, Scope, Send


class Spoken(Protocol):
    """What each protocol does: answer a request, refuse one, and say something in every answer."""

    headers: Headers

    def answer(self, request: Request, receive: Receive, send: Send, /) -> Awaitable[Answer]:
        """Answer one request; raises whatever refuses it."""
        ...

    def refuse(self, request: Request, refusal: EvidenceError, /) -> Answer:
        """Say no in the protocol's own terms."""
        ...


class FilesEndpoint:
    """An ASGI app for everything at and under `/files/`."""

    def __init__(self, door: Door) -> None:
        self._settings = door.settings
        self._tus = TusEndpoint(door)
        self._resumable = ResumableEndpoint(door)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, in the terms of its protocol; a client that is gone gets no answer."""
        request = Request(scope)
        spoken = self._spoken_in(request)
        try:
            if request.method == "OPTIONS":
                answer = self._discovery()
            else:
                answer = await spoken.answer(request, receive, send)
        except Disconnected:
            return
        except EvidenceError as refusal:
            answer = self._refuse(spoken, request, refusal)
        except Exception as error:
            answer = self._refuse(spoken, request, note_fault("an upload", error))
        await replace(answer, headers=(*spoken.headers, *answer.headers)).send(send)

    def _spoken_in(self, request: Request) -> Spoken:
        return self._resumable if resumable.is_spoken(request) else self._tus

    def _discovery(self) -> Answer:
        """Say what can be done here. A browser that asks for a page's sake does not say in which protocol."""
        max_bytes = self._settings.max_file_bytes
        asked = [*tus.CORS_REQUEST_HEADERS.split(", "), *resumable.CORS_REQUEST_HEADERS.split(", ")]
        return Answer(
            204,
            (
                *tus.discovery_headers(max_bytes),
                *resumable.discovery_headers(max_bytes, self._settings.upload_lifetime),
                ("Access-Control-Allow-Methods", METHODS),
                ("Access-Control-Allow-Headers", ", ".join(dict.fromkeys(asked))),
                ("Access-Control-Max-Age", "86400"),
            ),
        )

    @staticmethod
    def _refuse(spoken: Spoken, request: Request, refusal: EvidenceError) -> Answer:
        answer = spoken.refuse(request, refusal)
        return replace(answer, body=b"") if request.method == "HEAD" else answer
