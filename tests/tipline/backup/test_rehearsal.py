"""A backup is taken while erin and others send; later all is lost, and comes back in an empty place."""

import base64
import json
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import pyrage
import pytest
from PIL import Image

from tests.journeys.town import ROOT, TIPLINE, Town, run_tipline, running_town
from tests.waiting import eventually
from tipline.backup.image import stopped
from tipline.backup.repository import Repository
from tipline.up.secrets import Secrets
from tipline.up.store_access import Buckets

HALF, WHOLE = b"first half, " * 30_000, b"first half, " * 60_000
TUS = {"Tus-Resumable": "1.0.0"}
FRANK = "+16015550124"
QUICK = {"TIPLINE_CHECKPOINT_SECONDS": "2", "TIPLINE_EXPIRE_SECONDS": "1"}


@dataclass
class Loss:
    """What is left once the installation is gone: its backups, and what its people know."""

    backups: Path
    passphrase: Path
    identity: Path
    kept: dict[str, Any]
    words: str
    taken_back: str
    upload: str
    acknowledged: list[str]
    retained: Any
    said: str
    again: str


@pytest.fixture(scope="module")
def loss(tmp_path_factory: pytest.TempPathFactory) -> Loss:
    root = tmp_path_factory.mktemp("years")
    photo, passphrase, identity = root / "photo.jpg", root / "passphrase", root / "identity"
    Image.effect_noise((640, 480), 60).save(photo)
    passphrase.write_text("correct horse battery staple\n")
    key = pyrage.x25519.Identity.generate()
    identity.write_text(f"# created: today\n{key}\n")
    with running_town(root / "var", QUICK) as town:
        assert "9 words" in town.tipline("sms", "A red car", "--from", FRANK, "--wait", "60").stdout
        sent = json.loads(town.tipline("send", str(photo), "--to", town.public_url, "--json").stdout)
        kept = town.wait_settled()
        upload = half_an_upload(town)
        acknowledged: list[str] = []
        enough = threading.Event()
        crowd = threading.Thread(target=send_until, args=(town, acknowledged, enough))
        crowd.start()
        try:
            eventually(lambda: len(acknowledged) > 2, "somebody else's tip")
            before = list(acknowledged)
            sealed = ("--passphrase-file", str(passphrase))
            said = town.tipline("backup", "--to", str(root / "backups"), *sealed).stdout
        finally:
            enough.set()
            crowd.join()
        taken_back = acknowledged[0]
        withdraw(town, taken_back)
        again = town.tipline("backup", "--to", str(root / "backups"), "--only-deletions").stdout
        to_bob = ("--secrets-to", str(key.to_public()))
        town.tipline("backup", "--to", str(root / "for-bob"), *to_bob)
        retained = lock_of(town.data, town.note()["store"], kept["media"][0]["id"])
    shutil.rmtree(root / "var")
    return Loss(
        root / "backups", passphrase, identity, kept, sent["receipt"], taken_back, upload, before, retained,
        said, again,
    )  # fmt: skip


def half_an_upload(town: Town) -> str:
    """The path of an upload whose first half has arrived."""
    opened = httpx.post(f"{town.public_url}/files/", headers={**TUS, "Upload-Length": str(len(WHOLE))})
    path = httpx.URL(opened.headers["Location"]).path
    grown = patch(f"{town.public_url}{path}", HALF, 0)
    assert grown.headers["Upload-Offset"] == str(len(HALF))
    return path


def patch(url: str, content: bytes, offset: int) -> httpx.Response:
    headers = {**TUS, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
    return httpx.patch(url, content=content, headers=headers).raise_for_status()


def send_until(town: Town, acknowledged: list[str], enough: threading.Event) -> None:
    """Others write meanwhile, and some send a small file."""
    with httpx.Client(base_url=town.public_url) as others:
        while not enough.wait(0.4):
            told = (
                others.post("/tips", json={"what": f"Number {len(acknowledged)}"}).raise_for_status().json()
            )
            if len(acknowledged) % 3 == 0:
                upload = {**TUS, "Upload-Length": "5", "Content-Type": "application/offset+octet-stream"}
                upload["Upload-Metadata"] = f"token {base64.b64encode(told['token'].encode()).decode()}"
                others.post("/files/", headers=upload, content=b"hello").raise_for_status()
            acknowledged.append(told["receipt"])


def withdraw(town: Town, words: str) -> None:
    with httpx.Client(base_url=town.public_url) as erin:
        page = erin.post("/r", data={"words": words}).text
        visit = re.search(r'name="visit" value="([^"]+)"', page)
        assert visit
        erin.post("/r/withdraw", data={"visit": visit[1], "sure": "yes"}).raise_for_status()
        eventually(lambda: "was deleted" in erin.post("/r", data={"words": words}).text, "the deletion")


def lock_of(data: Path, endpoint: str, media: str) -> Any:
    """Version and lock of an original, as the store tells them."""
    keys = Secrets.kept_in(data / "secrets").store_keys["worker"]
    store = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
    )  # fmt: skip
    found = store.list_object_versions(Bucket=Buckets.originals)["Versions"]
    (key,) = {version["Key"] for version in found if media in version["Key"]}
    head = store.head_object(Bucket=Buckets.originals, Key=key)
    return key, head["VersionId"], head["ObjectLockMode"], head["ObjectLockRetainUntilDate"]


def restore(loss: Loss, into: Path, *words: str) -> subprocess.CompletedProcess[str]:
    said = words or ("--from", str(loss.backups), "--passphrase-file", str(loss.passphrase))
    return subprocess.run(
        [TIPLINE, "restore", "--data", str(into), *said],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_everything_acknowledged_before_comes_back_and_goes_on(loss: Loss, tmp_path: Path) -> None:
    done = restore(loss, tmp_path / "new")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Intact: ")
    assert "nothing left of 1 deleted tip," in done.stdout
    assert "1 tips that were deleted since are deleted again" in done.stdout
    for what in ("agency-key", "checkpoint-key", "passwords", "vault-key", "number-key"):
        run_tipline("rotate", what, data=tmp_path / "new")
    with running_town(tmp_path / "new", QUICK) as town:
        # The chain, the copies and the lock of what was whole.
        shown = town.show(loss.kept["id"])
        assert shown["history"] == loss.kept["history"]
        assert shown["media"] == loss.kept["media"]
        assert lock_of(town.data, town.note()["store"], loss.kept["media"][0]["id"]) == loss.retained
        # Everybody's words, but of who took a tip back.
        with httpx.Client(base_url=town.public_url) as anybody:
            for words in (loss.words, *loss.acknowledged[1:]):
                assert 'name="visit"' in anybody.post("/r", data={"words": words}).text
            assert "was deleted" in anybody.post("/r", data={"words": loss.taken_back}).text
        # What was on its way goes on where it was, and through the pipeline.
        url = f"{town.public_url}{loss.upload}"
        offset = int(httpx.head(url, headers=TUS).headers["Upload-Offset"])
        assert offset == len(HALF)
        patch(url, WHOLE[offset:], offset)
        every = eventually(lambda: settled(town), "the end of everything that was in the queue")
        assert len(every) >= 2 + len(loss.acknowledged[::3])
        frank_is_known(town)
        signed_in = httpx.get(town.link_for("alice", "reviewer").replace("localhost", "127.0.0.1"))
        assert signed_in.status_code == 200
        assert town.tipline("verify", "--all").stdout.startswith("Intact: ")


def frank_is_known(town: Town) -> None:
    """By keys that replaced those of before, whose end the operator may then make."""
    town.tipline("sms", "It went north", "--from", FRANK, "--wait", "0")

    def told() -> dict[str, Any]:
        said: dict[str, Any] = json.loads(town.tipline("texts", "--json", check=False).stdout)
        return said

    eventually(lambda: told()["told"] + told()["found"] == 2, "his text")
    assert [tip["channel"] for tip in town.tips()].count("sms") == 1
    eventually(lambda: [key["left_over"] for key in told()["keys"]] == [0, 0], "all numbers are gone through")
    secrets = town.data / "secrets"
    for what in ("vault", "number"):
        assert (secrets / f"{what}-earlier-keys").exists()
        town.tipline("rotate", f"{what}-key", "--finish")
        assert not (secrets / f"{what}-earlier-keys").exists()


def settled(town: Town) -> list[dict[str, Any]]:
    """Every media, once none of them is still to be sealed."""
    every = [item for tip in town.tips() for item in tip["media"]]
    return every if all(item["state"] != "received" for item in every) else []


def test_a_second_backup_copies_little_and_is_whole(loss: Loss) -> None:
    assert re.search(r"^Backup \S+: [\d,]+ bytes, [\d,]+ of them new", loss.said)
    assert loss.again == "Noted 1 deleted tips.\n"
    checked = subprocess.run(
        [TIPLINE, "backup", "--check", "--to", str(loss.backups)], capture_output=True, text=True, check=True
    )
    assert "is whole" in checked.stdout


def test_secrets_open_for_whom_they_were_sealed_to_and_nobody_else(loss: Loss, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("a guess")
    refused = restore(loss, tmp_path / "new", "--from", str(loss.backups), "--passphrase-file", str(wrong))
    assert (refused.returncode, "(secrets_closed)" in refused.stderr) == (1, True)
    assert not (tmp_path / "new").exists()
    for_bob = loss.backups.parent / "for-bob"
    refused = restore(
        loss, tmp_path / "new", "--from", str(for_bob), "--passphrase-file", str(loss.passphrase)
    )
    assert (refused.returncode, "(secrets_closed)" in refused.stderr) == (1, True)
    kept = b"".join(file.read_bytes() for file in for_bob.rglob("*") if file.is_file())
    assert b"agency-private-key" not in kept


def test_a_place_with_something_in_it_is_left_alone(loss: Loss, tmp_path: Path) -> None:
    (tmp_path / "something").touch()
    refused = restore(loss, tmp_path)
    assert (refused.returncode, "(not_empty)" in refused.stderr) == (1, True)
    assert [file.name for file in tmp_path.iterdir()] == ["something"]


def test_a_damaged_backup_is_named_before_anything_starts(loss: Loss, tmp_path: Path) -> None:
    shutil.copytree(loss.backups, tmp_path / "backups")
    repository = Repository(tmp_path / "backups")
    volume = next(file for file in repository.manifest().files if file.path.endswith(".dat"))
    chunk = tmp_path / "backups/chunks" / volume.chunks[0][:2] / volume.chunks[0]
    content = bytearray(chunk.read_bytes())
    content[len(content) // 2] ^= 1
    chunk.write_bytes(content)
    damaged = ("--from", str(tmp_path / "backups"), "--passphrase-file", str(loss.passphrase))
    refused = restore(loss, tmp_path / "new", *damaged)
    assert refused.returncode == 1
    assert f"damaged: {volume.chunks[0]} (backup_damaged)" in refused.stderr


def test_a_backup_that_is_killed_leaves_the_store_going() -> None:
    with subprocess.Popen(["sleep", "60"]) as store:
        holder = (
            "import os, signal\nfrom tipline.backup.image import stopped\n"
            f"with stopped({store.pid}): os.kill(os.getpid(), signal.SIGKILL)"
        )
        subprocess.run([sys.executable, "-c", holder], cwd=ROOT, check=False)
        eventually(lambda: state_of(store.pid) == "S", "the store going on")
        with stopped(store.pid):
            assert state_of(store.pid) == "T"
        assert state_of(store.pid) != "T"
        store.kill()


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
