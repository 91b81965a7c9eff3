"""Each check sees what is broken, in the real thing, and says what to do; and is silent where all is well."""

import os
import ssl
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from signal import SIGSTOP
from subprocess import Popen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from nacl.signing import SigningKey

from evidence import media
from evidence.db.connect import Connection
from evidence.ledger.checkpoint import note_copied, take, uncopied
from evidence.ledger.witness import copy_out
from evidence.media.purging import begin
from evidence.settings import Retention, StoreSettings
from evidence.spool import Spool, Upload, UploadSecret
from evidence.spool.room import Room
from evidence.storage.store import Store
from tests.conftest import Database
from tests.web.console.town import Town
from tipline.doctor import disks, network, processes, records, storage
from tipline.doctor.finding import Finding
from tipline.doctor.network import utc_now
from tipline.up.ports import LOOPBACK
from tipline.up.secrets import Secrets

NOW = datetime.now(UTC)


def level(findings: Iterable[Finding]) -> str:
    """The worst of what was found; whatever is not well says what to do."""
    found = list(findings)
    assert all(bool(one.do) == (one.level != "ok") for one in found)
    return max((one.level for one in found), key=("ok", "warning", "fault").index)


@pytest.fixture
def town(database: Database, store: Store, tmp_path: Path) -> Town:
    return Town(database, store, tmp_path)


def as_owner(database: Database, *statements: str) -> None:
    with database.as_admin() as conn:
        conn.execute("SET session_replication_role = replica")
        for statement in statements:
            conn.execute(statement.encode())


def looked(database: Database, check) -> str:  # type: ignore[no-untyped-def]
    with database.as_role("operator") as conn:
        return level(check(conn))


def test_a_process_that_is_gone_and_a_door_that_cannot_serve() -> None:
    assert level(processes.alive({"us": 1})) == "ok"
    assert level(processes.alive({"us": 1, "worker": 4_194_304})) == "fault"
    assert level(processes.ready("The door", f"http://{LOOPBACK}:9")) == "fault"
    with Popen(["sleep", "600"]) as held:
        held.send_signal(SIGSTOP)
        os.waitid(os.P_PID, held.pid, os.WSTOPPED | os.WNOWAIT)
        (_, found) = processes.alive({"us": 1, "worker": held.pid})
        held.kill()
    assert (found.level, str(held.pid) in found.do) == ("fault", True)
    assert level(processes.version("0.1.0", "0.2.0")) == "warning"
    assert level(processes.shut_in({"TIPLINE_SANDBOX": "off"})) == "fault"


def test_a_secret_that_others_can_open(tmp_path: Path) -> None:
    Secrets.kept_in(tmp_path / "secrets")
    assert level(disks.secrets_are_private(tmp_path / "secrets")) == "ok"
    (tmp_path / "secrets/vault-key").chmod(0o640)
    (found,) = disks.secrets_are_private(tmp_path / "secrets")
    assert (found.level, "vault-key" in found.says) == ("fault", True)


def test_a_disk_that_is_nearly_full(tmp_path: Path) -> None:
    assert level(disks.spool_has_room(tmp_path, 1)) == "ok"
    assert level(disks.spool_has_room(tmp_path, Room.of(tmp_path).size)) == "fault"
    assert level(disks.judge_room(Room(free=5, size=9, free_files=0), 2)) == "fault"
    assert level(disks.judge_room(Room(free=9, size=9, free_files=None), 2)) == "ok"
    assert level(disks.judge_room(Room(free=9, size=9, read_only=True), 2)) == "fault"
    assert level(disks.spool_has_room(tmp_path / "away", 1)) == "fault"
    assert not list(disks.spool_moves(tmp_path / "away", NOW)), "that is said once"


def test_an_upload_that_nobody_settles(spool_dir: Path) -> None:
    spool = Spool(spool_dir)
    for lifetime in (timedelta(hours=5), timedelta(hours=1)):
        upload = Upload.new(UploadSecret.new(), length=9, lifetime=lifetime, sealed_name=b"", metadata="")
        spool.create(upload)
    assert level(disks.spool_moves(spool_dir, datetime.now(UTC))) == "ok"
    (found,) = disks.spool_moves(spool_dir, datetime.now(UTC) + timedelta(hours=3))
    assert (found.level, found.says.split()[0]) == ("fault", "1")


def test_a_backup_that_is_old_unknown_or_none(tmp_path: Path) -> None:
    assert level(disks.backed_up(None, NOW)) == "warning"
    assert level(disks.backed_up(tmp_path, NOW)) == "fault"
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / f"{NOW:%Y%m%dT%H%M%S.%fZ}.json.sha256").touch()
    assert level(disks.backed_up(tmp_path, NOW + timedelta(hours=1))) == "ok"
    assert level(disks.backed_up(tmp_path, NOW + timedelta(hours=30))) == "warning"
    assert level(disks.backed_up(tmp_path, NOW + timedelta(days=8))) == "fault"


def test_a_proxy_that_nobody_named_and_metrics_in_public() -> None:
    behind = {"TIPLINE_INTAKE_URL": "https://tips.city.gov"}
    assert level(network.proxies_are_named({})) == "ok"
    assert level(network.proxies_are_named(behind)) == "fault"
    assert level(network.proxies_are_named({**behind, "TIPLINE_TRUSTED_PROXIES": "10.0.0.1"})) == "ok"
    nobody = f"http://{LOOPBACK}:9"
    for host, found in (
        ("127.0.0.1", "ok"),
        ("10.1.2.3", "ok"),
        ("0.0.0.0", "fault"),
        ("203.0.114.9", "fault"),
    ):
        assert level(network.metrics_are_private({"TIPLINE_METRICS_HOST": host}, nobody)) == found
    with Answering(b"tipline_uploads_under_way 1\n") as address:
        assert level(network.metrics_are_private({}, address)) == "fault"


def test_a_clock_that_is_wrong(database: Database, store_settings: StoreSettings) -> None:
    def ahead() -> datetime:
        return utc_now() + timedelta(minutes=3)

    assert looked(database, lambda conn: records.database_clock(conn, utc_now)) == "ok"
    assert looked(database, lambda conn: records.database_clock(conn, ahead)) == "fault"
    assert level(storage.store_clock(store_settings, utc_now)) == "ok"
    assert level(storage.store_clock(store_settings, ahead)) == "fault"


@pytest.mark.parametrize(("days", "found"), [(60, "ok"), (10, "warning"), (2, "fault"), (-1, "fault")])
def test_a_certificate_that_ends_soon(days: int, found: str, tmp_path: Path) -> None:
    with Answering(b"", certificate=certificate_for(tmp_path, days)) as address:
        assert level(network.certificate("the public door", address, datetime.now(UTC))) == found


def test_an_address_that_is_not_reached_from_here() -> None:
    assert level(network.certificate("the public door", f"https://{LOOPBACK}:9", NOW)) == "warning"


def test_a_schema_that_is_not_the_codes(database: Database) -> None:
    assert looked(database, records.schema_is_current) == "ok"
    as_owner(database, "INSERT INTO schema_migrations VALUES ('20991231000000')")
    assert looked(database, records.schema_is_current) == "fault"
    as_owner(database, "DELETE FROM schema_migrations WHERE version LIKE '%000017' OR version LIKE '2099%'")
    assert looked(database, records.schema_is_current) == "fault"


def test_a_right_that_the_public_door_should_not_have(database: Database) -> None:
    assert looked(database, records.door_has_no_rights) == "ok"
    assert level(records.door_reads_nothing(database.url("intake"))) == "ok"
    as_owner(database, "GRANT SELECT (id) ON tip TO tipline_intake")
    assert looked(database, records.door_has_no_rights) == "fault"
    as_owner(database, "GRANT SELECT ON message TO tipline_intake")
    (found,) = records.door_reads_nothing(database.url("intake"))
    assert (found.level, "message" in found.says) == ("fault", True)


def test_a_job_that_nobody_does_and_a_stage_that_is_stuck(town: Town) -> None:
    def jobs(later: timedelta) -> str:
        return looked(town.database, lambda conn: records.jobs_move(conn, datetime.now(UTC) + later))

    def stages(later: timedelta) -> str:
        return looked(town.database, lambda conn: records.stages_move(conn, datetime.now(UTC) + later))

    assert (jobs(timedelta()), stages(timedelta())) == ("ok", "ok")
    town.receive(town.tip("what was seen"), "clip.mp4", b"what was filmed")
    assert (jobs(timedelta()), stages(timedelta())) == ("ok", "ok")
    assert (jobs(timedelta(hours=1)), stages(timedelta(hours=1))) == ("warning", "fault")
    assert jobs(timedelta(hours=9)) == "fault"
    as_owner(town.database, "UPDATE procrastinate_jobs SET status = 'doing'")
    assert jobs(timedelta()) == "warning"


@pytest.mark.parametrize("code", ["tool_failed", "leaves_mismatch"])
def test_a_media_that_is_set_aside_and_not_for_what_it_is(town: Town, code: str) -> None:
    media_id = town.receive(town.tip("what was seen"), "clip.mp4", b"what was filmed")
    assert looked(town.database, records.set_aside) == "ok"
    with town.database.as_role("worker") as conn:
        lease = media.claim(conn, media_id, "seal", 60)
        assert lease
        media.set_aside(conn, lease, code, "It failed.")
    assert looked(town.database, records.set_aside) == "warning"


def test_a_ledger_that_nobody_signs_and_a_bucket_without_its_head(town: Town) -> None:
    key = SigningKey(bytes(32))

    def signed(conn: Connection) -> Iterable[Finding]:
        return records.ledger_is_signed(conn, datetime.now(UTC) + timedelta(hours=1))

    def head(size: int, *keys: bytes) -> str:
        return level(storage.last_head(town.store, keys or bytes(key.verify_key), size))

    town.tip("what was seen")
    assert looked(town.database, signed) == "fault"
    assert (head(0), head(1)) == ("ok", "fault")
    with town.database.as_role("worker") as conn:
        take(conn, bytes(key))
        for witness in uncopied(conn):
            copy_out(town.store, witness)
            note_copied(conn, witness.checkpoint)
    assert looked(town.database, signed) == "ok"
    assert (head(1), head(2)) == ("ok", "fault")
    another = bytes(SigningKey(bytes(31) + b"x").verify_key)
    assert head(1, another) == "fault"
    assert head(1, another, bytes(key.verify_key)) == "warning", "the key was replaced a moment ago"


def test_a_bucket_of_uploads_that_forgets_nothing(store: Store, store_settings: StoreSettings) -> None:
    assert level(storage.spool_forgets(store_settings, store.derivatives)) == "ok"
    assert level(storage.spool_forgets(store_settings, store.originals)) == "fault"
    assert level(storage.spool_forgets(store_settings, "nowhere-at-all")) == "fault"


def test_a_carriers_list_that_is_not_read(database: Database) -> None:
    assert looked(database, lambda conn: records.texts_arrive(conn, datetime.now(UTC))) == "ok"
    as_owner(
        database,
        "INSERT INTO text_poll (read_until, readings, finished_at)"
        " VALUES (now(), 1, clock_timestamp() - interval '1 hour')",
    )
    assert looked(database, lambda conn: records.texts_arrive(conn, datetime.now(UTC))) == "fault"


def test_a_deletion_that_hangs(town: Town) -> None:
    tip = town.tip("what was seen")
    town.withdraws(tip)
    with town.database.as_role("expire") as conn:
        assert begin(conn, tip, Retention())

    def deletions(later: timedelta) -> str:
        return looked(town.database, lambda conn: records.deletions_end(conn, datetime.now(UTC) + later))

    assert (deletions(timedelta()), deletions(timedelta(days=2))) == ("ok", "fault")


def test_a_bucket_without_a_lock_and_keys_that_the_store_does_not_know(
    store_settings: StoreSettings, store: Store
) -> None:
    assert level(storage.locks_hold(store_settings)) == "ok"
    tried = store.client.list_object_versions(Bucket=store_settings.originals, Prefix="doctor/")["Versions"]
    assert len(tried) == 1, "the trial was made, and what was locked is still there"
    without = replace(store_settings, originals=store_settings.derivatives)
    assert level(storage.locks_hold(without)) == "fault"
    assert level(storage.reached("worker", store_settings)) == "ok"
    assert level(storage.reached("worker", replace(store_settings, secret_key="another"))) == "fault"
    assert (
        level(storage.reached("worker", replace(store_settings, endpoint=f"http://{LOOPBACK}:9"))) == "fault"
    )


class Answering:
    """A small server that says one thing, over TLS where it has a certificate."""

    def __init__(self, body: bytes, certificate: tuple[Path, Path] | None = None) -> None:
        class Says(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self.server = HTTPServer((LOOPBACK, 0), Says)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"

    def __enter__(self) -> str:
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()
        return f"{self.scheme}://{LOOPBACK}:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def certificate_for(folder: Path, days: int) -> tuple[Path, Path]:
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")]),
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90)).not_valid_after(now + timedelta(days=days, hours=1))
        .sign(key, SHA256())
    )  # fmt: skip
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths
