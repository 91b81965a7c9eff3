"""Serving the console with uvicorn, until SIGTERM or Ctrl-C."""

import socket

import uvicorn

from evidence.telemetry.logs import speak
from web.console.app import Console, create_app
from web.console.settings import ConsoleSettings

# How long a player may finish its piece when the process stops.
_GRACE_SECONDS = 5


class ConsoleServer(uvicorn.Server):
    """Lets go of the open streams first: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, console: Console) -> None:
        super().__init__(config)
        self.console = console

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let everybody go, then stop."""
        self.console.dismiss()
        await super().shutdown(sockets)


def make_server(settings: ConsoleSettings) -> ConsoleServer:
    """Return a server that is ready to run; no access log, for it would hold who watched what, in clear."""
    console = create_app(settings)
    config = uvicorn.Config(
        console,
        host=settings.host,
        port=settings.port,
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_config=None,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return ConsoleServer(config, console)


def serve(settings: ConsoleSettings) -> None:
    """Serve until told to stop."""
    speak("console", settings.telemetry.log)
    make_server(settings).run()
