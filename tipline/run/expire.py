"""`python -m tipline.run.expire`: the deletion clock."""

import os
from collections.abc import Mapping

from tipline.run.room import shut_in
from workers.expire.main import run
from workers.expire.settings import ExpireSettings


def enter(env: Mapping[str, str]) -> ExpireSettings:
    """Read the settings and shut this process in: it reaches the database, the store and the spool."""
    settings = ExpireSettings.from_env(env)
    shut_in(
        env,
        read=[settings.store_disk] if settings.store_disk else [],
        write=[settings.spool],
        bind_ports=settings.telemetry.ports,
        store=True,
    )
    return settings


if __name__ == "__main__":
    run(enter(os.environ))
