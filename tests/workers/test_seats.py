"""Every slot of every lane is one that can be worked in, however few processors there are."""

import asyncio
from threading import Barrier

from workers.main import seat

SLOTS = 40


def test_all_slots_work_at_a_time() -> None:
    together = Barrier(SLOTS)

    async def take_turns() -> None:
        seat(SLOTS)
        await asyncio.gather(*(asyncio.to_thread(together.wait, 30) for _ in range(SLOTS)))

    asyncio.run(take_turns())
