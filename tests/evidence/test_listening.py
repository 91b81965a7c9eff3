"""Whoever works on a queue hears of a job at once, also after its database was away."""

import asyncio
from contextlib import suppress

import pytest

from evidence.listening import SteadyConnector
from tests.conftest import Database
from tests.outage import shut
from tests.waiting import PATIENCE
from tipline.up.postgres import EmbeddedPostgres

CHANNEL = "heard"
PAUSE = 0.02


def test_a_listener_comes_back_with_its_database(
    database: Database, postgres: EmbeddedPostgres, caplog: pytest.LogCaptureFixture
) -> None:
    heard: set[str] = set()

    async def hear(*, channel: str, payload: str) -> None:
        heard.add(payload)

    async def call_until_heard(word: str) -> None:
        while word not in heard:
            with database.as_admin() as conn:
                conn.execute("SELECT pg_notify(%s, %s)", [CHANNEL, word])
            await asyncio.sleep(PAUSE)

    async def lose_and_find() -> None:
        connector = SteadyConnector(conninfo=database.url("worker"), min_size=1, max_size=1)
        await connector.open_async()
        listener = asyncio.create_task(connector.listen_notify(hear, [CHANNEL]))
        try:
            async with asyncio.timeout(PATIENCE):
                await call_until_heard("before")
                with shut(database, postgres):
                    while "the listener waits for the database" not in caplog.text:
                        await asyncio.sleep(PAUSE)
                await call_until_heard("after")
        finally:
            listener.cancel()
            with suppress(asyncio.CancelledError):
                await listener
            await connector.close_async()

    asyncio.run(lose_and_find())
