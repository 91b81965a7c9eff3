"""Every job that anybody enqueues has a worker, and every worker's job is one that somebody enqueues."""

import re
from pathlib import Path

from evidence import jobs
from evidence.media.media import STAGES
from workers.tasks import WORK

ROOT = Path(__file__).parents[2]


def test_every_task_has_a_worker_and_a_stage() -> None:
    assert set(WORK) == set(jobs.TASKS)
    assert set(jobs.TASKS) == set(STAGES) - {"done"}


def test_jobs_enqueued_in_sql_are_tasks() -> None:
    enqueued = {
        name
        for file in (ROOT / "evidence/db/migrations").glob("*.sql")
        for name in re.findall(r"enqueue\('(\w+)'", file.read_text())
    }
    assert enqueued == {"seal", "inspect"}
    assert enqueued <= set(jobs.TASKS)
