"""A bag can be checked by somebody who has nothing of ours."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import bagit
import pytest
from nacl.public import PrivateKey
from nacl.signing import SigningKey

from evidence import ledger, media
from evidence.errors import Conflict, Gone, NotFound
from evidence.export import export_tip
from evidence.export.bag import Keys
from evidence.ledger.checkpoint import take, uncopied
from evidence.ledger.witness import copy_out
from evidence.media import purging
from evidence.media.door import finish_upload, open_upload
from evidence.media.progress import Made
from evidence.seal import public_key_of, seal_to
from evidence.settings import Retention
from evidence.storage.original import Original
from evidence.storage.store import Store
from evidence.thread import TipText
from evidence.tips.door import TipKeys, open_tip
from tests.conftest import Database

AGENCY = bytes(PrivateKey.generate())
SIGNING_KEY = bytes(range(32))
KEYS = Keys(AGENCY, bytes(SigningKey(SIGNING_KEY).verify_key))
CLIP, POSTER = b"clip" * 5000, b"poster" * 50


@pytest.fixture
def tip_id(database: Database, store: Store, tmp_path: Path) -> UUID:
    """A tip with one sealed clip and its poster, through the doors' own functions."""
    soon, upload = datetime.now(UTC) + timedelta(days=1), uuid4()
    name = seal_to(
        public_key_of(AGENCY), json.dumps({"name": "IMG_1.MOV", "type": "video/quicktime"}).encode()
    )
    with database.as_role("intake") as conn:
        tip = open_tip(
            conn, TipText(what="A red car"), channel="web", language="en",
            agency_public_key=public_key_of(AGENCY), uploads_until=soon, keys=TipKeys.new(),
        )  # fmt: skip
        open_upload(conn, upload, token=tip.token, max_files=9, expires_at=soon)
        media_id = finish_upload(conn, upload, size=len(CLIP), leaves_sha256=bytes(32), sealed_name=name)
    (tmp_path / "clip").write_bytes(CLIP)
    (tmp_path / "poster").write_bytes(POSTER)
    sha, poster_sha = hashlib.sha256(CLIP).digest(), hashlib.sha256(POSTER).digest()
    stored = store.put_original("o/1", Original(tmp_path / "clip", len(CLIP), sha, soon, "GOVERNANCE"))
    poster = store.put_derivative("d/1", tmp_path / "poster", poster_sha, "image/jpeg")
    with database.as_role("worker") as conn:
        lease = media.claim(conn, media_id, "seal", 60)
        assert lease is not None
        media.mark_sealed(conn, lease, sha256=sha, size=len(CLIP), stored=stored, retain_until=soon)
        media.mark_inspected(conn, lease, kind="video", mime="video/mp4", facts={"seconds": 2})
        made = Made("poster", "p1", sha, poster_sha, len(POSTER), "image/jpeg", poster, {}, "ffmpeg ...")
        media.add_derivative(conn, lease, made)
        conn.commit()
        take(conn, SIGNING_KEY)
        for witness in uncopied(conn):
            copy_out(store, witness)
    return tip.id


def test_a_bag_holds_everything_and_validates(
    database: Database, store: Store, tip_id: UUID, tmp_path: Path
) -> None:
    out = tmp_path / "bag"
    with database.as_role("operator") as conn:
        export_tip(conn, store, tip_id, out, KEYS, "operator")
    bagit.Bag(str(out)).validate()
    tip = json.loads((out / "data/tip.json").read_text())
    assert tip["messages"][0]["what"] == "A red car"
    assert tip["media"][0]["sent_as"] == {"name": "IMG_1.MOV", "type": "video/quicktime"}
    assert (out / tip["media"][0]["path"]).read_bytes() == CLIP
    assert (out / tip["derivatives"][0]["path"]).read_bytes() == POSTER
    assert "IMG_1" not in "".join(str(path) for path in out.rglob("*"))


def test_the_chain_can_be_recomputed_from_the_bag_alone(
    database: Database, store: Store, tip_id: UUID, tmp_path: Path
) -> None:
    with database.as_role("operator") as conn:
        export_tip(conn, store, tip_id, tmp_path / "bag", KEYS, "operator")
    data = tmp_path / "bag/data"
    previous = "00" * 32
    lines = [json.loads(line) for line in (data / "ledger.jsonl").read_text().splitlines()]
    for line in lines:
        assert line["previous"] == previous
        text = b"\x00" + bytes.fromhex(previous) + line["body"].encode()
        assert hashlib.sha256(text).hexdigest() == line["hash"]
        previous = line["hash"]
    assert json.loads(lines[-1]["body"])["kind"] == "exported"
    assert base64.b64decode((data / "checkpoints/verify-key.txt").read_text()) == KEYS.checkpoint_verify
    witness = json.loads((data / "checkpoints/00000001.json").read_text())
    assert lines[0]["hash"] in {leaf[2] for leaf in witness["leaves"]}


def test_a_changed_bag_is_noticed(database: Database, store: Store, tip_id: UUID, tmp_path: Path) -> None:
    out = tmp_path / "bag"
    with database.as_role("operator") as conn:
        export_tip(conn, store, tip_id, out, KEYS, "operator")
    original = next((out / "data/originals").iterdir())
    original.write_bytes(b"other" + CLIP[5:])
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(out)).validate()


def test_an_export_leaves_a_mark_and_overwrites_nothing(
    database: Database, store: Store, tip_id: UUID, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with database.as_role("operator") as conn, pytest.raises(Conflict) as refused:
        export_tip(conn, store, tip_id, tmp_path, KEYS, "operator")
    assert refused.value.code == "not_empty"
    with database.as_role("operator") as conn, pytest.raises(NotFound):
        export_tip(conn, store, uuid4(), tmp_path / "bag", KEYS, "operator")
    assert not (tmp_path / "bag").exists()
    with database.as_role("operator") as conn:
        assert "exported" not in [entry.kind for entry in ledger.history(conn, tip_id)]


def test_the_bag_of_a_deleted_tip_holds_its_history_and_says_so(
    database: Database, store: Store, tip_id: UUID, tmp_path: Path
) -> None:
    with database.as_admin() as conn:
        past = "now() - interval '91 days'"
        conn.execute(f"UPDATE tip SET received_at = {past}".encode())
        conn.execute(f"UPDATE message SET at = {past}".encode())
        conn.execute(f"UPDATE media SET received_at = {past}, leased_until = NULL".encode())
    with database.as_role("expire") as conn:
        purging.begin(conn, tip_id, Retention())
    with database.as_role("operator") as conn, pytest.raises(Gone, match="is being deleted"):
        export_tip(conn, store, tip_id, tmp_path / "none", KEYS, "operator")
    with database.as_role("expire") as conn:
        purging.finish(conn, tip_id)
    out = tmp_path / "bag"
    with database.as_role("operator") as conn:
        export_tip(conn, store, tip_id, out, KEYS, "operator")
    bagit.Bag(str(out)).validate()
    tip = json.loads((out / "data/tip.json").read_text())
    assert (tip["state"], tip["messages"], tip["derivatives"]) == ("purged", [], [])
    assert tip["deleted"]["reason"] == "time_over"
    assert [media["path"] for media in tip["media"]] == [None]
    assert tip["media"][0]["sha256"] == hashlib.sha256(CLIP).hexdigest()
    assert not (out / "data/originals").exists()
    kinds = [json.loads(json.loads(line)["body"])["kind"] for line in (out / "data/ledger.jsonl").open()]
    assert kinds[-3:] == ["purge_begun", "purged", "exported"]
