"""`python -m tipline.run.intake`: the public door, as one process or as TIPLINE_INTAKE_PROCESSES of them."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import web
from evidence.errors import SettingsError
from evidence.settings import Env, StoreSettings
from evidence.spool import Spool
from intake.server import serve
from intake.settings import IntakeSettings
from tipline.run.room import shut_in
from tipline.run.several import serve_with

CITIZEN = Path(web.__file__).parent / "citizen"


def enter(env: Mapping[str, str]) -> IntakeSettings:
    """Read the settings and shut this process in: it reaches the database and the spool, and nothing else.

    Where many hosts share the spool, that is a bucket as well. One that inherits its listening socket may
    open none but its metrics'.
    """
    settings = IntakeSettings.from_env(env)
    public = [settings.port] if settings.listen_fd is None else []
    shut_in(
        env,
        write=[settings.spool],
        read=[settings.https_folder] if settings.https_folder else [],
        bind_ports=[*public, *settings.telemetry.ports],
        store=_spread(env),
        reach=settings.telemetry.reach,
    )
    return settings


def main(env: Mapping[str, str]) -> None:
    """Serve until asked to stop; the first of several serves nothing itself, and keeps the others running."""
    settings = IntakeSettings.from_env(env)
    if settings.listen_fd is None and settings.processes > 1:
        serve_with(settings, env)
    else:
        serve(enter(env), CITIZEN, _shared_spool(settings, env))


def _shared_spool(settings: IntakeSettings, env: Mapping[str, str]) -> Spool | None:
    """The spool of one host among many; None where this is the only one."""
    if not _spread(env):
        return None
    # Only here: a door that has no store needs no client of one, which takes 25 MB.
    from evidence.spread.opening import open_spool  # noqa: PLC0415

    return open_spool(settings.spool, StoreSettings.from_env(Env(env)), settings.upload_lifetime)


def _spread(env: Mapping[str, str]) -> bool:
    return Env(env).optional("TIPLINE_SPOOL_BUCKET") is not None


if __name__ == "__main__":
    try:
        main(os.environ)
    except SettingsError as error:
        sys.exit(f"tipline: {error.sentence}")
