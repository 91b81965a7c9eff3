"""The four jobs by name, and what each does: one turn at its stage."""

from uuid import UUID

from procrastinate import App, PsycopgConnector

from evidence import jobs
from workers.bench import Bench, Work
from workers.inspect.stage import inspect
from workers.normalize.stage import normalize
from workers.preview.stage import preview
from workers.seal.seal import seal
from workers.turn import take_turn

WORK: dict[jobs.Task, Work] = {"seal": seal, "inspect": inspect, "preview": preview, "normalize": normalize}


def build_app(bench: Bench) -> App:
    """A procrastinate App that knows every task of `evidence.jobs.TASKS`; opens no connection yet."""
    app = App(
        connector=PsycopgConnector(
            conninfo=bench.settings.database_url, min_size=1, max_size=bench.settings.concurrency + 3
        )
    )
    for name, work in WORK.items():
        _register(app, bench, name, work)
    return app


def _register(app: App, bench: Bench, name: jobs.Task, work: Work) -> None:
    @app.task(name=name, queue=jobs.QUEUE)
    def turn(media_id: str) -> None:
        take_turn(bench, name, UUID(media_id), work)
