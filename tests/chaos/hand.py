"""The hand of chaos: seeded, so that what it did can be done again (as far as a machine's clock allows)."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import psycopg

from evidence.db.connect import connect
from tests.chaos.disk import Disk
from tests.chaos.texts import Texting
from tests.journeys.town import Town
from tipline.up.reach import with_login
from tipline.up.secrets import Secrets

# The console keeps nothing that anybody was promised.
_SPARED = "console"


@dataclass
class Hand:
    """Does one thing after the other to a running town; what takes a while overlaps with what comes next."""

    town: Town
    disk: Disk
    rng: random.Random
    texting: Texting | None = None
    did: dict[str, int] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    _undo: list[tuple[float, str, Callable[[], None]]] = field(default_factory=list)
    _resting: bool = False
    _away_until: float = 0.0
    _began: float = field(default_factory=time.monotonic)

    def play(self, seconds: float, calm: float, away: tuple[float, ...] = ()) -> None:
        """Act for so long, with pauses of about `calm` seconds; take Postgres away for each of `away`."""
        until = time.monotonic() + seconds
        # Long absences are spread over the time; everything else is drawn.
        absences = [
            (time.monotonic() + seconds * (i + 0.5) / len(away), length) for i, length in enumerate(away)
        ]
        kinds = (
            [self.kill] * 5
            + [self.freeze] * 4
            + [self.fill_the_disk] * 2
            + [self.refuse_s3, self.refuse_postgres]
            + [self.silence_the_carrier, self.kill_the_sms_door] * 2
        )
        while time.monotonic() < until:
            due = absences and absences[0][0] <= time.monotonic()
            if due and self.take_postgres_away(absences[0][1]):
                absences.pop(0)
            else:
                self.rng.choice(kinds)()
            rest = time.monotonic() + self.rng.uniform(0.2, 2) * calm
            while time.monotonic() < min(rest, until):
                self._undo_what_is_due()
                time.sleep(0.05)
        self.rest()

    def rest(self) -> None:
        """Undo everything, and what cannot be undone at once as soon as it can."""
        self._resting = True
        while self._undo:
            pending, self._undo = self._undo, []
            for _, what, undo in pending:
                self._say(f"no more: {what}")
                undo()
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill -9."""
        self._kill(self._victim())

    def kill_the_sms_door(self) -> None:
        """Kill -9 whoever takes texts in and answers them."""
        self._kill("sms")

    def _kill(self, name: str) -> None:
        if (pid := self._pid(name)) is not None and not self._away(name):
            self._note(f"kill -9 {name}")
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def freeze(self) -> None:
        """SIGSTOP a process and all its children for a while."""
        name = self._victim()
        if not self._away(name):
            self._freeze(name, self.rng.uniform(0.3, 4), "SIGSTOP")

    def take_postgres_away(self, seconds: float) -> bool:
        """Postgres answers nothing at all for so long; killed, it would be started again before that.

        False where it is not up at this moment.
        """
        if not self._freeze("postgres", seconds, f"{seconds:.0f} s away:"):
            return False
        self._away_until = time.monotonic() + seconds
        return True

    def fill_the_disk(self) -> None:
        """Leave the spool no room."""
        self._note("disk full")
        self.disk.fill(self._doors())
        self._later(self.rng.uniform(1, 5), "disk full", lambda: self.disk.clear(self._doors()))

    def refuse_s3(self) -> None:
        """The store refuses connections: it is killed whenever it is up."""
        until = time.monotonic() + self.rng.uniform(2, 6)
        self._note("S3 refuses")

        def again() -> None:
            if time.monotonic() >= until or self._resting:
                return
            if (pid := self._pid("store")) is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._later(0.3, "S3 refuses", again)

        again()

    def silence_the_carrier(self) -> None:
        """The carrier answers nothing and tells of nothing, while phones go on texting."""
        if self.texting is not None:
            self._note("carrier away")
            seconds = self.rng.uniform(0.5, 5)
            self.texting.go_away(lambda be_back: self._later(seconds, "carrier away", be_back))

    def refuse_postgres(self) -> None:
        """Postgres is there and lets nobody in, after cutting every line."""
        if self._away("postgres"):
            return
        try:
            with connect(self.admin_url("postgres"), autocommit=True) as conn:
                conn.execute("ALTER DATABASE tipline ALLOW_CONNECTIONS false")
                self._note("Postgres refuses")
                self._later(self.rng.uniform(1, 6), "Postgres refuses", self._let_in)
                conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'tipline'"
                )
        except psycopg.OperationalError:  # it is down, or stopped: refusing enough
            return

    def admin_url(self, database: str = "tipline") -> str:
        """The administrator's connection string."""
        url = with_login(self.town.note()["database"], "tipline_admin", self._password)
        return url.replace("/tipline?", f"/{database}?")

    @property
    def _password(self) -> str:
        return Secrets.kept_in(self.town.data / "secrets").admin_password

    def _away(self, name: str) -> bool:
        return name == "postgres" and time.monotonic() < self._away_until

    def _let_in(self) -> None:
        try:
            with connect(self.admin_url("postgres"), autocommit=True) as conn:
                conn.execute("ALTER DATABASE tipline ALLOW_CONNECTIONS true")
        except psycopg.OperationalError:  # killed meanwhile: as soon as it is back
            self._later(0.5, "Postgres refuses", self._let_in)

    def _freeze(self, name: str, seconds: float, what: str) -> bool:
        pid = self._pid(name)
        if pid is None:
            return False
        with suppress(psutil.NoSuchProcess):
            leader = psutil.Process(pid)
            family = [leader, *leader.children(recursive=True)]
            for process in family:
                with suppress(psutil.NoSuchProcess):
                    process.suspend()
            self._note(f"{what} {name}")

            def go_on() -> None:
                for process in family:
                    with suppress(psutil.NoSuchProcess):
                        process.resume()

            self._later(seconds, f"{what} {name}", go_on)
            return True
        return False

    def _victim(self) -> str:
        return self.rng.choice(sorted(name for name in self._pids() if name != _SPARED) or ["intake"])

    def _doors(self) -> list[int]:
        """The public door's processes, however many there are: `intake`, `intake-2`, ..."""
        named = [self._pid(name) for name in self._pids() if name.split("-")[0] == "intake"]
        return [pid for pid in named if pid is not None]

    def _pids(self) -> dict[str, int]:
        with suppress(FileNotFoundError):
            return self.town.pids()
        return {}

    def _pid(self, name: str) -> int | None:
        """A process's id, as long as it is the supervisor's child: a number may be somebody else's by now."""
        with suppress(KeyError, psutil.NoSuchProcess):
            pid = self._pids()[name]
            if psutil.Process(pid).ppid() == self.town.process.pid:
                return pid
        return None

    def _later(self, seconds: float, what: str, undo: Callable[[], None]) -> None:
        self._undo.append((time.monotonic() + seconds, what, undo))

    def _undo_what_is_due(self) -> None:
        now = time.monotonic()
        due = [entry for entry in self._undo if entry[0] <= now]
        self._undo = [entry for entry in self._undo if entry[0] > now]
        for _, _, undo in due:
            undo()

    def _note(self, what: str) -> None:
        self.did[what] = self.did.get(what, 0) + 1
        self._say(what)

    def _say(self, what: str) -> None:
        self.log.append(f"{time.monotonic() - self._began:7.1f}  {what}")
