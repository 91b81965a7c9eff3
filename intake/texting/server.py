"""The SMS door's process: the webhooks through Flask, its jobs and clocks beside them, in one uvicorn."""

import logging
from typing import Any, cast

import uvicorn
from a2wsgi import WSGIMiddleware

from evidence.db.connect import open_pool
from evidence.telemetry import request
from evidence.telemetry.logs import speak
from evidence.telemetry.metrics import Asked, served
from intake.texting import metrics
from intake.texting.app import create_app
from intake.texting.jobs import THREADS, Errands, Running
from intake.texting.settings import TextingSettings
from intake.texting.standing import Standing
from intake.texting.twilio import Twilio
from intake.wire.http import Receive, Scope, Send

_WEBHOOK_THREADS = 8
_GRACE_SECONDS = 2


class SmsDoor:
    """One ASGI app."""

    def __init__(self, settings: TextingSettings) -> None:
        account = settings.account
        self.pool = open_pool(settings.database_url, size=_WEBHOOK_THREADS + THREADS + 2)
        twilio = Twilio(account.sid, account.token, account.number, account.api)
        self.errands = Errands(settings, self.pool, twilio, Standing(settings, self.pool))
        # a2wsgi names the messages of ASGI one by one; ours are plain mappings.
        webhooks = WSGIMiddleware(cast(Any, create_app(settings, self.pool)), workers=_WEBHOOK_THREADS)
        self._webhooks = cast(Any, webhooks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the process's life (ASGI 3.0)."""
        if scope["type"] != "lifespan":
            request.begin()
            await self._webhooks(scope, receive, send)
            return
        await receive()
        running, settings = Running(self.errands), self.errands.settings
        running.start()
        asked = Asked(self.pool.connection, metrics.texts)
        with served(metrics.REGISTRY, settings.telemetry, asked):
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await running.stop()
        self.pool.close(timeout=1)
        await send({"type": "lifespan.shutdown.complete"})


def serve(settings: TextingSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    speak("sms", settings.telemetry.log)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    uvicorn.Server(
        uvicorn.Config(
            cast(Any, SmsDoor(settings)),
            host=settings.host,
            port=settings.port,
            interface="asgi3",
            ws="none",
            lifespan="on",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            log_config=None,
            timeout_keep_alive=settings.keep_alive_seconds,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    ).run()
