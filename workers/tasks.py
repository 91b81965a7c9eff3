"""The jobs by name, and what each does: turns at a media, beginning with the stage it is named for."""

from typing import cast
from uuid import UUID

from procrastinate import App, JobContext

from evidence import jobs
from evidence.listening import SteadyConnector
from workers.bench import Bench, Work
from workers.inspect.stage import inspect
from workers.normalize.stage import normalize
from workers.preview.stage import preview
from workers.seal.seal import seal
from workers.survey.stage import survey
from workers.turn import take_turns
from workers.watch.stage import watch

WORK: dict[jobs.Task, Work] = {
    "seal": seal,
    "inspect": inspect,
    "preview": preview,
    "watch": watch,
    "survey": survey,
    "normalize": normalize,
}


def build_app(bench: Bench) -> App:
    """A procrastinate App that knows every task of `evidence.jobs.TASKS`; opens no connection yet."""
    app = App(
        connector=SteadyConnector(
            conninfo=bench.settings.database_url,
            min_size=1,
            max_size=sum(bench.settings.slots.values()) + 2 * len(jobs.LANES),
        )
    )
    for name in WORK:
        _register(app, bench, name)
    return app


def _register(app: App, bench: Bench, name: jobs.Task) -> None:
    @app.task(name=name, pass_context=True)
    def turns(context: JobContext, media_id: str) -> None:
        take_turns(bench, cast(jobs.Lane, context.job.queue), WORK, UUID(media_id), name)
