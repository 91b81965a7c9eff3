"""Each task's role may do what its process does, and nothing else: derived from use, not guessed.

One video's way from a phone to a bag of evidence and, for another, to its deletion, with every process under
the policy that Terraform gives its task. The store refuses what a policy does not grant; what it grants and
nobody asks for is on the list below, with a reason, and nothing else is.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import imageio_ffmpeg
import pytest

from evidence.db.connect import connect
from evidence.errors import Conflict
from evidence.media import of_tip
from evidence.storage.original import Original, put_in_parts
from evidence.storage.removal import remove_all
from evidence.storage.store import Store
from tests.infra.terraform.actions import needed
from tests.infra.terraform.asked import Asked
from tests.infra.terraform.installation import Installation, installed
from tests.infra.terraform.pages import words_on
from tests.waiting import eventually
from web.console.live.stored import Stored
from web.console.settings import ConsoleSettings
from workers.clocks.ticks import extend_locks
from workers.expire.settings import ExpireSettings
from workers.settings import WorkerSettings

_FOUND = "who may not list is answered 403 where 404 is meant, and missing would look like away"
_ELSEWHERE = "an upload that began at another host: decision 32, proven in tests/hosts"
_LIVE = "a broadcast while it comes in, at whichever host: tests/hosts/test_watching.py"
_BAG = "a finished bag, put into the exports bucket by hand: docs/aws.md"
UNASKED = {
    ("worker", "s3:ListBucket", "originals"): _FOUND,
    ("worker", "s3:ListBucket", "derivatives"): _FOUND,
    ("operator", "s3:ListBucket", "originals"): _FOUND,
    ("operator", "s3:ListBucket", "checkpoints"): _FOUND,
    ("operator", "s3:PutObject", "exports"): _BAG,
    ("operator", "kms:GenerateDataKey", "key of media"): _BAG,
    ("console", "s3:GetObject", "spool"): _LIVE,
    ("console", "s3:ListBucket", "spool"): _LIVE,
    ("console", "kms:Decrypt", "key of spool"): _LIVE,
    ("intake", "s3:GetObject", "spool"): _ELSEWHERE,
    ("intake", "s3:DeleteObject", "spool"): "an upload that its sender ends, or that nobody went on with",
    **{
        ("expire", action, place): "an upload that is still on its way when its tip ends"
        for action, place in (
            ("s3:GetObject", "spool"),
            ("s3:PutObject", "spool"),
            ("kms:GenerateDataKey", "key of spool"),
            ("kms:Decrypt", "key of spool"),
        )
    },
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, outputs: dict[str, Any]) -> Iterator[Installation]:
    """An installation through whose hands a video has gone, one way and the other."""
    folder = tmp_path_factory.mktemp("aws")
    with installed(folder, outputs) as installation:
        installation.run("prepare", sys.executable, "-m", "tipline.run.prepare")
        with installation.running("intake", "console", "worker", "expire"):
            journey(installation, folder)
        yield installation


def journey(installation: Installation, folder: Path) -> None:
    clip = folder / "clip.mp4"
    make_clip(clip)
    words = send(installation, clip)
    send(installation, clip)
    eventually(
        lambda: installation.count("media WHERE stage = 'done'") == 2, "the pipeline's end", within=240
    )
    eventually(lambda: installation.count("checkpoint") > 0, "a checkpoint")
    tip = json.loads(installation.tipline("tips", "--json"))[0]
    tip = json.loads(installation.tipline("show", tip["id"], "--json"))
    watch(installation, tip)
    as_the_console(installation, tip)
    as_the_worker(installation, folder)
    as_the_deletion_clock(installation)
    installation.tipline("export", "tip", tip["id"], "--out", str(folder / "bag"))
    take_back(installation, words)
    eventually(lambda: installation.count("tip WHERE state = 'purged'") == 1, "the deletion", within=240)
    installation.tipline("verify", "--all")
    installation.tipline("doctor")
    carry_deletions_over(installation)


def make_clip(path: Path) -> None:
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:d=1",
         "-f", "lavfi", "-i", "sine=duration=1", "-pix_fmt", "yuv420p", str(path)],
        check=True,
    )  # fmt: skip


def send(installation: Installation, clip: Path) -> str:
    to = installation.url("intake")
    sent = installation.tipline("send", str(clip), "--to", to, "--message", "A van", "--json")
    return str(json.loads(sent)["receipt"])


def watch(installation: Installation, tip: Mapping[str, Any]) -> None:
    """Alice plays a part of each copy, and takes the tip into a case."""
    link = installation.tipline("signin", "alice", "--role", "investigator").strip()
    origin, (media,) = installation.url("console"), tip["media"]
    with httpx.Client(base_url=origin, headers={"Origin": origin}, timeout=30) as alice:
        assert alice.post("/signin", data={"token": link.partition("token=")[2]}).status_code == 303
        assert alice.post(f"/media/{media['id']}/open").status_code == 204
        for copy in media["derivatives"]:
            part = alice.get(f"/media/{copy['id']}/content", headers={"Range": "bytes=0-9"})
            assert part.status_code == 206, part.text
        case = {"number": "26-1", "title": "A van"}
        assert alice.post(f"/tips/{tip['id']}/attach", data=case).status_code in (200, 204, 303)


def take_back(installation: Installation, words: str) -> None:
    with httpx.Client(base_url=installation.url("intake"), timeout=30) as erin:
        page = erin.post("/r", data={"words": words}).text
        for answer in ({}, {"sure": "yes"}):
            found = re.search(r'name="visit" value="([^"]+)"', page)
            assert found, page
            page = erin.post("/r/withdraw", data={"visit": found[1], **answer}).text
    assert "was taken back" in page


def carry_deletions_over(installation: Installation) -> None:
    """The list is made twice by the schedule's task, and read as the runbook for a restore has it."""
    moment = datetime.now(UTC).isoformat()
    for _ in range(2):
        command = installation.tasks["deletions"]["command"][1:]
        assert installation.run("deletions", sys.executable, *command).startswith("Noted 1 deleted tips")
    _, *again, _ = words_on("runbooks/aws.md", "prepare")
    assert installation.run("prepare", sys.executable, *again, moment).startswith("0 tips are being deleted")


def as_the_console(installation: Installation, tip: Mapping[str, Any]) -> None:
    """Who follows a broadcast from its beginning reads the parts that are sealed by then."""
    settings = ConsoleSettings.from_env(installation.with_keys("console"))
    with connect(settings.database_url) as conn:
        (media,) = of_tip(conn, UUID(tip["id"]))
    assert b"".join(Stored(Store.connect(settings.store)).bytes_from(media, 0, 9))


def as_the_worker(installation: Installation, folder: Path) -> None:
    """What a worker does each minute or with a film of hours: its own functions, its role."""
    settings = WorkerSettings.from_env(installation.with_keys("worker"))
    store = Store.connect(settings.store)
    with connect(settings.database_url, autocommit=True) as conn:
        extend_locks(store, settings)(conn)
    large = folder / "large"
    large.write_bytes(bytes(1024 * 1024))
    until = datetime.now(UTC) + timedelta(days=1)
    whole = Original(large, large.stat().st_size, sha256(large.read_bytes()).digest(), until, "GOVERNANCE")
    put_in_parts(store.client, store.originals, "large", whole)
    with pytest.raises(Conflict):
        put_in_parts(store.client, store.originals, "other", replace(whole, sha256=bytes(32)))
    store.put_original("large", whole)  # by a worker that did not know: it reads back what is there
    store.remove_derivative("outgrown", None)
    for bucket in (store.originals, store.derivatives):
        store.client.create_multipart_upload(Bucket=bucket, Key="left")


def as_the_deletion_clock(installation: Installation) -> None:
    """Parts of an upload whose worker died go too."""
    store = Store.connect(ExpireSettings.from_env(installation.with_keys("expire")).store)
    for bucket in (store.originals, store.derivatives):
        remove_all(store, bucket, "left")


def test_every_right_that_was_asked_for_is_granted(lived: Installation, outputs: dict[str, Any]) -> None:
    missing = used(lived, outputs) - granted(outputs)
    assert sorted(missing) == []
    assert [asked for asked in lived.recorder.refused if not is_trial(asked)] == []


def test_every_right_that_is_granted_was_asked_for_or_has_a_reason(
    lived: Installation, outputs: dict[str, Any]
) -> None:
    unasked = granted(outputs) - used(lived, outputs)
    assert sorted(unasked ^ UNASKED.keys()) == []


def test_no_process_uses_credentials_but_its_roles(lived: Installation) -> None:
    of_roles = {keys.access_key for keys in lived.roles.values()}
    assert {asked.access_key for asked in lived.recorder.asked} <= of_roles


def is_trial(asked: Asked) -> bool:
    """The doctor locks an object to see that it holds; the operator's role may not, and is told so."""
    return (asked.method, asked.key.partition("/")[0]) == ("PUT", "doctor")


def used(installation: Installation, outputs: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """Process, action and bucket of all that was asked; of KMS's actions, the bucket's key."""
    processes = {keys.access_key: process for process, keys in installation.roles.items()}
    buckets = {name: bucket for bucket, name in outputs["buckets"].items()}
    keys = {name: key_name(outputs["bucket_keys"][bucket]) for name, bucket in buckets.items()}
    return {
        (processes[asked.access_key], action, (keys if action.startswith("kms:") else buckets)[asked.bucket])
        for asked in installation.recorder.asked
        if not is_trial(asked)
        for action in needed(asked)
    }


def granted(outputs: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """The same of all that the plan's policies allow."""
    places = {f"arn:aws:s3:::{name}": bucket for bucket, name in outputs["buckets"].items()}
    places |= {key: key_name(key) for key in outputs["bucket_keys"].values()}
    return {
        (process, action, places[resource if resource in places else resource.partition("/")[0]])
        for process, policy in outputs["task_policies"].items()
        for statement in policy["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }


def key_name(arn: str) -> str:
    """What a key is called in the plan of the whole, where each has an address of its own."""
    return f"key of {arn.rpartition('/')[2]}"
