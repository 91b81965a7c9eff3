"""Which lane a job goes in: nobody who sent a photo waits for somebody's film."""

from typing import Any
from uuid import UUID

import pytest

from evidence import jobs
from tests.conftest import Database

MB = 1024 * 1024
HEVC = '{"picture": {"codec": "hevc"}}'
H264 = '{"picture": {"codec": "h264"}}'


def media(database: Database, **columns: Any) -> UUID:
    """A media as it lies in the table."""
    columns = {
        "state": "sealed",
        "stage": "watch",
        "bytes": 5 * MB,
        "kind": "video",
        "facts": H264,
        **columns,
    }
    with database.as_admin() as conn:
        tip = conn.execute("INSERT INTO tip (channel) VALUES ('web') RETURNING id").fetchone()
        assert tip
        upload = conn.execute(
            "INSERT INTO upload (id, tip_id, expires_at) VALUES (gen_random_uuid(), %s, now()) RETURNING id",
            tip,
        ).fetchone()
        assert upload
        row = conn.execute(
            "INSERT INTO media (tip_id, upload_id, leaves_sha256, state, stage, bytes, kind, facts)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
            [tip[0], upload[0], bytes(32), *columns.values()],
        ).fetchone()
    assert row
    return UUID(str(row[0]))


@pytest.mark.parametrize(
    ("columns", "lane"),
    [
        ({}, "media"),
        ({"stage": "seal", "bytes": 101 * MB}, "large"),
        ({"bytes": 11 * MB, "facts": HEVC}, "large"),
        ({"bytes": 9 * MB, "facts": HEVC}, "media"),
        ({"bytes": 11 * MB, "kind": "photo", "facts": HEVC}, "media"),
        ({"bytes": 11 * MB, "facts": HEVC, "stage": "survey", "state": "ready"}, "media"),
        ({"bytes": 101 * MB, "stage": "survey", "state": "ready"}, "large"),
        ({"stage": "normalize", "state": "ready"}, "batch"),
        ({"stage": "inspect", "state": "ready"}, "batch"),
    ],
)
def test_each_job_goes_in_its_lane(database: Database, columns: dict[str, Any], lane: jobs.Lane) -> None:
    media_id = media(database, **columns)
    stage = columns.get("stage", "watch")
    with database.as_role("worker") as conn:
        jobs.enqueue(conn, stage, media_id)
        jobs.enqueue(conn, stage, media_id)
        waiting = conn.execute("SELECT queue_name, task_name FROM procrastinate_jobs").fetchall()
        assert waiting == [(lane, stage)]
        assert [jobs.next_in(conn, each, media_id) for each in jobs.LANES] == [
            stage if each == lane else None for each in jobs.LANES
        ]


def test_what_is_done_is_due_for_nothing(database: Database) -> None:
    media_id = media(database, stage="done", state="ready")
    with database.as_role("worker") as conn:
        assert {jobs.next_in(conn, lane, media_id) for lane in jobs.LANES} == {None}
