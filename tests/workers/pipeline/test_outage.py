"""The database goes away under a working worker, and comes back."""

import secrets
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from evidence.db.migrate import ROLES, migrate
from evidence.errors import Unavailable
from tests.conftest import Database
from tests.media.corpus import Corpus
from tests.outage import shut
from tests.waiting import eventually
from tests.workers.conftest import Site
from tipline.up.postgres import EmbeddedPostgres
from workers.bench import Bench, Done, Task
from workers.turn import take_turns


def test_a_worker_recovers_by_itself_or_by_being_started_again(
    site: Site, corpus: Corpus, tmp_path: Path
) -> None:
    server, password = EmbeddedPostgres(tmp_path / "postgres", durable=False), secrets.token_urlsafe()
    clip = corpus["photo.png"].read_bytes()
    with ExitStack() as stack:
        with server.running():
            migrate(server.admin_url, dict.fromkeys(ROLES, password))
            here = replace(site, database=Database(server.admin_url, password))
            here.environment["DATABASE_URL"] = here.database.url("worker")
            before = here.arrive(clip)
            process = stack.enter_context(here.worker())
            eventually(lambda: here.settled(before))
        with server.running():
            after = here.arrive(clip)
            eventually(lambda: process.poll() is not None or here.settled(after))
            stack.close()
            here.until_settled(after)
            assert here.media(before).state == here.media(after).state == "ready"


def test_an_attempt_that_ends_while_the_database_is_away_is_not_held_against_the_file(
    site: Site, bench: Bench, postgres: EmbeddedPostgres, caplog: pytest.LogCaptureFixture
) -> None:
    media_id, away = site.arrive(b"anything"), ExitStack()

    def seal(bench: Bench, task: Task) -> Done:
        away.enter_context(shut(site.database, postgres))
        raise Unavailable("The store is away.")

    turn = Thread(target=take_turns, args=(bench, "media", {"seal": seal}, media_id, "seal"))
    turn.start()
    try:
        eventually(lambda: f"lease of media {media_id} waits for the database" in caplog.text)
    finally:
        away.close()
        turn.join()
    assert site.media(media_id).attempts == 0
