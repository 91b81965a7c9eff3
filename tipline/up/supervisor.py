"""Bringing everything up in order, keeping it up, and taking it down."""

import http.client
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from evidence.confine import supported
from evidence.db.connect import connect
from evidence.db.migrate import migrate
from evidence.errors import Unavailable
from evidence.reviewers.signin import mint_link
from evidence.settings import Env, StoreSettings
from evidence.storage.store import Store
from tipline.up.accounts import Account
from tipline.up.bell import Bell
from tipline.up.crew import Child, Crew
from tipline.up.door import SPOOL_UMASK, PublicDoor
from tipline.up.environments import (
    carrier_environment,
    console_environment,
    expire_environment,
    intake_environment,
    sms_environment,
    worker_environment,
)
from tipline.up.launch import Program, last_words
from tipline.up.ports import reachable
from tipline.up.site import Site
from tipline.up.store_access import make_buckets

_READY_SECONDS = 60.0
_NOTE_AGAIN_SECONDS = 2.0
_DOORS_STOP_SECONDS, _DATABASE_STOP_SECONDS = 15.0, 10.0
FIRST_REVIEWER = "supervisor"


@dataclass
class Supervisor:
    """Runs one site. `bell` wakes it; what `crew` tells goes to the operator."""

    site: Site
    crew: Crew
    bell: Bell
    door: PublicDoor

    def start(self) -> None:
        """Start everything, and return when all doors can serve; raises `Unavailable` where they cannot."""
        database, store = self._start_database(), self._start_store()
        if self.site.postgres and database:
            self.site.postgres.wait_ready(lambda: database.alive, self.bell.pause)
        passwords = self.site.reach.secrets.role_passwords
        migrate(self.site.admin_url, passwords, tell=self.crew.tell, pause=self.bell.pause)
        if self.site.store and store:
            self.site.store.wait_ready(lambda: store.alive, self.bell.pause)
        else:
            self._make_external_buckets()
        reach, accounts = self.site.reach, self.site.accounts
        self.crew.start(self._program("worker", worker_environment(reach), accounts.worker))
        self.crew.start(self._program("expire", expire_environment(reach), accounts.expire))
        intake = self._program("intake", intake_environment(reach), accounts.intake)
        intakes = [self.crew.start(program) for program in self.door.programs(intake)]
        console = self.crew.start(self._program("console", console_environment(reach), accounts.console))
        if reach.addresses.carrier_port:
            self.crew.start(self._program("carrier", carrier_environment(reach), accounts.carrier))
        sms = self.crew.start(self._program("sms", sms_environment(reach), accounts.sms))
        self._wait_ready(intakes, reach.addresses.intake_port)
        self._wait_ready([console], reach.addresses.console_port)
        self._wait_ready([sms], reach.addresses.sms_port)

    def mint_signin_link(self) -> str:
        """A single-use link for whoever sits at this shell."""
        with connect(self.site.admin_url) as conn:
            token = mint_link(conn, FIRST_REVIEWER, "supervisor")
        return f"{self.site.reach.addresses.console_url}/signin?token={token}"

    def pids(self) -> dict[str, int]:
        """The processes that run at this moment."""
        return {child.program.name: child.process.pid for child in self.crew.children if child.process}

    def stay(self, note: Callable[[Mapping[str, int]], None]) -> None:
        """Keep everything running until somebody asks to stop, and `note` who runs, after each change.

        Where there is no room to note it, that is told, and done once there is.
        """
        noted: Mapping[str, int] | None = None
        told = False
        while not self.bell.stopping:
            due = self.crew.tend()
            if (running := self.pids()) != noted:
                try:
                    note(running)
                    noted, told = running, False
                except OSError as error:
                    if not told:
                        self.crew.tell(f"where everything is could not be noted: {error}.")
                    told, due = True, min(_NOTE_AGAIN_SECONDS, due or _NOTE_AGAIN_SECONDS)
            if not self.bell.stopping:
                self.bell.wait(due)

    def stop(self) -> None:
        """End all: first whoever takes in and works, then the database, then the store, which nobody uses."""
        by_name = {child.program.name: child for child in self.crew.children}
        database, store = by_name.pop("postgres", None), by_name.pop("store", None)
        # Whoever comes from now on is refused at once, instead of waiting for nobody.
        self.door.close()
        self.crew.stop(list(by_name.values()), signal.SIGTERM, _DOORS_STOP_SECONDS)
        if database:
            self.crew.stop([database], signal.SIGINT, _DATABASE_STOP_SECONDS)
        if store and self.site.store:
            self.crew.stop([store], signal.SIGKILL, 0)
            self.site.store.clear_sockets()

    def _start_database(self) -> Child | None:
        postgres = self.site.postgres
        if postgres is None:
            return None
        postgres.initialise()
        return self.crew.start(postgres.program(), postgres.forget_stale_lock)

    def _start_store(self) -> Child | None:
        if self.site.store is None:
            return None
        self.site.store.initialise()
        return self.crew.start(self.site.store.program())

    def _make_external_buckets(self) -> None:
        reach = self.site.reach
        settings = StoreSettings.from_env(Env(reach.store_variables("worker")))
        try:
            make_buckets(Store.connect(settings).client, reach.buckets)
        except (BotoCoreError, ClientError) as refused:
            raise Unavailable(f"Your store does not let the buckets be made: {refused}") from refused

    def _program(self, name: str, environment: dict[str, str], account: Account) -> Program:
        command = (sys.executable, "-m", f"tipline.run.{name}")
        log = self.site.folders.logs / f"{name}.log"
        told = {**environment, **self.site.places(name)}
        return Program(name, command, log, told, account, umask=SPOOL_UMASK)

    def _wait_ready(self, processes: Sequence[Child], port: int) -> None:
        host = self.site.reach.addresses.host
        until = time.monotonic() + _READY_SECONDS
        while time.monotonic() < until and all(process.alive for process in processes):
            if _answers_ready(host, port):
                return
            self.bell.pause(0.05)
        failed = next((process for process in processes if not process.alive), processes[0]).program
        raise Unavailable(f"{failed.name} did not start: {last_words(failed.log)}")


def gaps(site: Site) -> list[str]:
    """What keeps the processes apart less than it could here, one sentence each."""
    missing = supported().gaps
    if not missing:
        return []
    apart = "each still has a uid of its own" if site.accounts.separate else "all have the same uid"
    return [f"This kernel does not confine processes from {', '.join(missing)}; {apart}."]


def _answers_ready(host: str, port: int) -> bool:
    asking = http.client.HTTPConnection(reachable(host).strip("[]"), port, timeout=2)
    try:
        asking.request("GET", "/readyz")
        return asking.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()
