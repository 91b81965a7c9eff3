"""One run: start a town, let people and the hand loose, wait until it is quiet, and count."""

import random
import secrets
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import psycopg

from evidence.db.connect import connect
from tests.chaos.clients import Client
from tests.chaos.disk import Disk, small_disk
from tests.chaos.hand import Hand
from tests.chaos.tally import Tally, tally, unrest
from tests.chaos.texts import Texting, count_texts, missing, texting, unread
from tests.chaos.told import Told
from tests.journeys.town import Town, running_town
from tipline.up.secrets import Secrets

# They all call from one address, and far more often than the guard lets anybody.
_SETTINGS = {
    "TIPLINE_SPOOL_RESERVE_BYTES": "0",
    "TIPLINE_PROOF_OF_WORK": "off",
    "TIPLINE_CLIENT_TIPS_PER_HOUR": "1000000",
    "TIPLINE_CLIENT_UPLOADS_PER_HOUR": "1000000",
    "TIPLINE_CLIENT_BYTES_PER_HOUR": "1000000000000",
}


@dataclass(frozen=True)
class Plan:
    """How long and how wild. Seconds; `calm` is about the pause between two blows."""

    seed: int
    seconds: float
    calm: float
    clients: int
    away: tuple[float, ...]
    patience: float
    doors: int

    @classmethod
    def short(cls, seed: int) -> "Plan":
        """For `make test`."""
        return cls(seed, seconds=15, calm=1.2, clients=5, away=(), patience=180, doors=1)

    @classmethod
    def long(cls, seed: int, minutes: float) -> "Plan":
        """For `make chaos`: two processes of the public door; Postgres is away for a minute in every five."""
        away = (60.0,) * max(1, round(minutes / 5))
        return cls(seed, seconds=minutes * 60, calm=3.0, clients=8, away=away, patience=300, doors=2)


def new_seed() -> int:
    """Draw a seed that is easily typed."""
    return secrets.randbelow(100_000)


def run(plan: Plan, root: Path) -> tuple[Tally, Hand, Told]:
    """Run it under `root`, which is empty."""
    data, work = root / "var", root / "people"
    spool = data / "spool"
    spool.mkdir(parents=True)
    work.mkdir()
    through = small_disk(spool)
    clip = _clip(root / "clip.mp4")
    told = Told()
    with texting() as carrier, running_town(data, _settings(plan, carrier), through) as town:
        disk = Disk(spool, town.process.pid, own=bool(through))
        hand = Hand(town, disk, random.Random(plan.seed), carrier)
        people = [Client(n, plan.seed, town.public_url, told, clip, work) for n in range(plan.clients)]
        phones = [
            threading.Thread(target=carrier.write, args=(n, plan.seed), daemon=True)
            for n in range(plan.clients)
        ]
        for client in [*people, *phones]:
            client.start()
        try:
            hand.play(plan.seconds, plan.calm, plan.away)
        finally:
            hand.rest()
            carrier.over.set()
            for client in people:
                client.until = time.monotonic() + plan.patience
                client.over.set()
        for phone in phones:
            phone.join()
        for client in people:
            client.join(plan.patience + 60)
            if client.is_alive():
                told.given_up.append(f"{client.name} hangs")
        still = _wait_for_rest(hand, plan.patience, carrier)
        verified = _verify(town)
        with connect(hand.admin_url()) as conn:
            result = tally(told, conn, still, verified)
            agency_key = Secrets.kept_in(town.data / "secrets").agency_private_key
            count_texts(result, carrier, conn, agency_key)
            return result, hand, told


def _settings(plan: Plan, carrier: Texting) -> dict[str, str]:
    return {**_SETTINGS, **carrier.settings, "TIPLINE_INTAKE_PROCESSES": str(plan.doors)}


def _wait_for_rest(hand: Hand, patience: float, carrier: Texting) -> list[str]:
    until = time.monotonic() + patience
    while True:
        try:
            with connect(hand.admin_url()) as conn:
                waiting = unrest(conn) + unread(conn) + missing(carrier, conn)
        except (psycopg.OperationalError, FileNotFoundError) as away:
            waiting = [f"the database: {away}"]
        if not waiting or time.monotonic() > until:
            return waiting
        time.sleep(0.2)


def _verify(town: Town) -> list[str]:
    done = town.tipline("verify", "--all", check=False)
    return [] if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()


def _clip(path: Path) -> bytes:
    """A second of video, small enough to be sent and copied many times."""
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y", "-f", "lavfi",
            "-i", "testsrc2=size=320x240:rate=15:duration=1", "-c:v", "libx264", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p", str(path),
        ],
        check=True,
    )  # fmt: skip
    return path.read_bytes()


def report(plan: Plan, tally: Tally, hand: Hand, told: Told) -> str:
    """What happened, as text."""
    blows = ", ".join(f"{what} {count}x" for what, count in sorted(hand.did.items()))
    answers = ", ".join(f"{what} {count}x" for what, count in sorted(told.answers.items()))
    return "\n".join(
        [
            f"Chaos with seed {plan.seed}, {plan.seconds:.0f} s, {plan.clients} people,"
            f" {plan.doors} of the public door.",
            f"The hand: {blows}. A full disk is {hand.disk.how}.",
            f"Answers: {answers}.",
            "",
            tally.table(),
            *(f"FAULT {fault}" for fault in tally.faults),
        ]
    )
