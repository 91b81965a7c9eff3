"""The public door's process: uvicorn, told to keep nothing and to stop at once."""

import asyncio
import resource
import socket
from pathlib import Path

import uvicorn

from evidence.spool import Spool
from evidence.telemetry.logs import speak
from intake.app import IntakeApp, create_app
from intake.settings import IntakeSettings
from intake.threads import share_one_core
from intake.wire.protocol import DoorProtocol

# Bodies are interrupted when the process is asked to stop; what is left after this is cut.
GRACE_SECONDS = 1
HANDSHAKE_SECONDS = 20
BACKLOG = 4096


class Server(uvicorn.Server):
    """uvicorn waits for running requests; an upload runs for hours, unless its body is interrupted."""

    def __init__(self, config: uvicorn.Config, app: IntakeApp, secure: socket.socket | None = None) -> None:
        super().__init__(config)
        self._app = app
        self._secure = secure

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, and speak TLS on the other socket as well."""
        await super().startup(sockets)
        if self._secure and self._app.https:
            loop = asyncio.get_running_loop()
            context = self._app.https.context
            self.servers.append(
                await loop.create_server(
                    self._protocol,
                    sock=self._secure,
                    ssl=context,
                    backlog=BACKLOG,
                    ssl_handshake_timeout=HANDSHAKE_SECONDS,
                    ssl_shutdown_timeout=GRACE_SECONDS,
                )
            )

    def _protocol(self) -> DoorProtocol:
        return DoorProtocol(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Interrupt every body, then stop as uvicorn does."""
        self._app.stop()
        await super().shutdown(sockets)


def serve(settings: IntakeSettings, citizen: Path, spool: Spool | None = None) -> None:
    """Serve until SIGTERM or SIGINT; `citizen` holds the page's templates and assets.

    `spool` as in `create_app`.
    """
    name = "intake" if settings.number == 1 else f"intake-{settings.number}"
    speak(name, settings.telemetry.log)
    _allow_many_files()
    share_one_core(settings.number)
    app = create_app(settings, citizen, spool)
    inherited = None if settings.listen_fd is None else [socket.socket(fileno=settings.listen_fd)]
    secure = None if settings.https_fd is None else socket.socket(fileno=settings.https_fd)
    Server(configure(app, settings), app, secure).run(inherited)


def configure(app: IntakeApp, settings: IntakeSettings) -> uvicorn.Config:
    """Return uvicorn's settings: no access log, no server header, nobody's forwarded headers."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=DoorProtocol,
        interface="asgi3",
        ws="none",
        lifespan="on",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        log_config=None,
        backlog=BACKLOG,
        timeout_keep_alive=settings.keep_alive_seconds,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _allow_many_files() -> None:
    """Every upload under way holds a socket and two files."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
