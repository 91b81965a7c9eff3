"""`python -m tipline.run.sms`: the SMS door."""

import os
from collections.abc import Mapping

from intake.texting.server import serve
from intake.texting.settings import TextingSettings
from tipline.run.room import shut_in


def enter(env: Mapping[str, str]) -> TextingSettings:
    """Read the settings and shut this process in: it reaches the database, the carrier and our front door."""
    settings = TextingSettings.from_env(env)
    shut_in(
        env,
        write=[settings.scratch],
        bind_ports=[settings.port, *settings.telemetry.ports],
        reach=[settings.account.api, settings.front_door],
    )
    return settings


if __name__ == "__main__":
    serve(enter(os.environ))
