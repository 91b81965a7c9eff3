"""A database and a store of the operator's own take the places of the embedded ones."""

import base64
from pathlib import Path

from evidence.db.connect import connect
from evidence.ledger.checkpoint import Witness
from evidence.ledger.witness import witnesses
from evidence.settings import StoreSettings
from evidence.storage.store import Store
from tests.waiting import eventually
from tipline.up.instance import operator_environment
from tipline.up.postgres import EmbeddedPostgres

from .conftest import is_up, started


def test_runs_on_a_database_and_a_store_of_the_operators_own(
    tmp_path: Path, store: Store, store_settings: StoreSettings
) -> None:
    """As on a managed Postgres: its administrator is no superuser."""
    with EmbeddedPostgres(tmp_path / "postgres", durable=False).running() as theirs:
        with connect(theirs.admin_url, autocommit=True) as conn:
            conn.execute("CREATE ROLE dba LOGIN CREATEROLE CREATEDB PASSWORD 'p@ss/word'")
            conn.execute("CREATE DATABASE city OWNER dba")
        own = {
            "DATABASE_URL": f"postgresql://dba:p%40ss%2Fword@127.0.0.1:{theirs.port}/city?sslmode=disable",
            "TIPLINE_S3_ENDPOINT": store_settings.endpoint or "",
            "TIPLINE_S3_ACCESS_KEY": store_settings.access_key,
            "TIPLINE_S3_SECRET_KEY": store_settings.secret_key,
            "TIPLINE_S3_ORIGINALS": store.originals,
            "TIPLINE_S3_DERIVATIVES": store.derivatives,
            "TIPLINE_S3_CHECKPOINTS": store.checkpoints,
        }
        data = tmp_path / "var"
        with started(data, **own) as running:
            eventually(lambda: is_up(running), "both doors serve")
            assert set(running.note["pids"]) == {
                "worker", "expire", "intake", "console", "sms", "carrier",
            }  # fmt: skip
            assert not (data / "postgres").exists()
            assert not (data / "store").exists()
            # The sign-in link is the ledger's first entry: a worker signed it and copied it out.
            head = Witness.from_bytes(
                eventually(lambda: list(witnesses(store)), "a checkpoint")[0]
            ).checkpoint
            environment = operator_environment(data, {**own, "DATABASE_URL": ""})
            verify_key = base64.b64decode(environment["TIPLINE_CHECKPOINT_VERIFY_KEY"])
            assert head.signed_by(verify_key)
            with connect(environment["DATABASE_URL"]) as conn:
                assert conn.execute("SELECT current_user, current_database()").fetchone() == (
                    "tipline_operator", "city",
                )  # fmt: skip


def test_a_database_that_lets_nobody_in_is_told_in_a_sentence(tmp_path: Path) -> None:
    with started(tmp_path / "var", DATABASE_URL="postgresql://dba:secret@127.0.0.1:9/city") as running:
        assert running.process.wait(60) == 1
        why = "The database does not let its administrator in"
        eventually(lambda: any(why in line for line in running.told), "it says why")
    told = "".join(running.told)
    assert "Traceback" not in told
    assert "secret" not in told
