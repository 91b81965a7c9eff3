"""The way to a queue of jobs: procrastinate's connector, whose listener survives a database that is away.

By itself it ends with the first connection that is refused, and nobody hears of it (procrastinate 3.10: its
monitor of side tasks goes home with the first that is done, which is the deferrer that had nothing to do).
From then on every job would wait for the next poll.
"""

import asyncio
import logging
from collections.abc import Iterable

from procrastinate import PsycopgConnector
from procrastinate.connector import Notify
from procrastinate.exceptions import ConnectorException

log = logging.getLogger(__name__)

AGAIN_SECONDS = 0.5


class SteadyConnector(PsycopgConnector):
    """Listens until it is cancelled."""

    async def listen_notify(self, on_notification: Notify, channels: Iterable[str]) -> None:
        """Call `on_notification` for each NOTIFY on these channels, again after every lost connection."""
        names = tuple(channels)
        while True:
            try:
                await super().listen_notify(on_notification, names)
            except ConnectorException as away:
                log.warning("the listener waits for the database: %s", type(away.__cause__).__name__)
                await asyncio.sleep(AGAIN_SECONDS)
