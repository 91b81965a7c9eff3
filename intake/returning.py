"""The gate before the pages that nine words open: it counts wrong words, for each client.

No number of guesses finds 116 bits; the limit keeps them from being tried at our expense. Right and wrong
words are refused alike once it is reached.
"""

import asyncio
from collections.abc import Awaitable, Callable

from flask import Flask

from intake.guard import Guard
from intake.guard.refusals import TooFast
from intake.pages.language import spoken_in
from intake.wire.http import Answer, Message, Receive, Request, Scope, Send

App = Callable[[Scope, Receive, Send], Awaitable[None]]
PREFIX = "/r"
ADDING = f"{PREFIX}/files"
_UNKNOWN = 404


def is_ours(path: str) -> bool:
    """Say whether a path is of what nine words open."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


class Gate:
    """Lets requests with words or a visit through, and notes those that opened nothing."""

    def __init__(self, guard: Guard, pages: Flask) -> None:
        self._guard = guard
        self._pages = pages

    async def pass_on(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by `app`, or refuse who has tried too many wrong words."""
        request = Request(scope)
        if request.method != "POST":
            return await app(scope, receive, send)
        try:
            self._guard.admit_words(request)
        except TooFast as refusal:
            query, accepted = scope.get("query_string", b""), request.headers.get("accept-language", "")
            language = spoken_in(query.decode("latin-1"), accepted)
            answer = await asyncio.to_thread(self._refusal, language, refusal)
            return await answer.send(send)

        async def watch(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == _UNKNOWN:
                self._guard.count_wrong_words(request)
            await send(message)

        return await app(scope, receive, watch)

    def _refusal(self, language: str, refusal: TooFast) -> Answer:
        with self._pages.test_request_context("/", method="POST", query_string={"lang": language}):
            page = self._pages.make_response(self._pages.handle_user_exception(refusal))
            page = self._pages.process_response(page)
            return Answer(page.status_code, tuple(page.headers.to_wsgi_list()), page.get_data())
