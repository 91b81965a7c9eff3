"""An installation as AWS would run it, on this machine: each process is its task's role, under its policy.

The tasks' environments are the plan's, their secrets are those of `task_secrets`; credentials come from an
address that hands them out as ECS does. What stands in is Postgres and the store: the embedded ones, and the
store enforces the plan's own policies.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex
from typing import Any

import httpx

from evidence.db.connect import connect
from tests.infra.terraform.asked import Recorder, recording
from tests.waiting import eventually
from tipline.run.task_secrets import task_secrets
from tipline.up.ports import LOOPBACK, free_ports
from tipline.up.postgres import EmbeddedPostgres
from tipline.up.secrets import Secrets
from tipline.up.store import EmbeddedStore
from tipline.up.store_access import STEWARD, Buckets, Keys

ROOT = Path(__file__).parents[3]
# No superuser, as on RDS; the embedded Postgres has one of the name that RDS's administrator has.
_ADMIN, _PASSWORD = "administrator", "turned/by@AWS"
_DOORS = {"intake": "/readyz", "console": "/readyz"}


@dataclass
class Installation:
    """Everything that runs; `roles` maps each process to its credentials."""

    folder: Path
    tasks: Mapping[str, Any]
    secrets: Mapping[str, Mapping[str, str]]
    roles: Mapping[str, Keys]
    endpoint: str
    credentials: str
    database_port: int
    recorder: Recorder
    ports: dict[str, int] = field(default_factory=lambda: free_ports(["intake", "console"]))

    def url(self, door: str) -> str:
        return f"http://{LOOPBACK if door == 'intake' else 'localhost'}:{self.ports[door]}"

    def environment(self, process: str) -> dict[str, str]:
        """What the process's task is told, but for where things are on this machine."""
        task = self.tasks[process]
        told = {variable["name"]: variable["value"] for variable in task["environment"]}
        names = [wanted["name"] for wanted in task["secrets"]]
        told |= {name: self.secrets[process].get(name, _PASSWORD) for name in names}
        database = f"{LOOPBACK}:{self.database_port}"
        scratch = self.folder / "scratch" / process
        scratch.mkdir(parents=True, exist_ok=True)
        return {
            **told,
            "DATABASE_URL": told["DATABASE_URL"]
            .replace("tipline_admin@", f"{_ADMIN}@")
            .replace("database.internal:5432", database)
            .replace("sslmode=require", "sslmode=disable"),
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.credentials}/{process}",
            "PATH": os.environ["PATH"], "TMPDIR": str(scratch),
            "TIPLINE_S3_ENDPOINT": self.endpoint,
            "TIPLINE_SPOOL": str(self.folder / "spool"), "TIPLINE_SCRATCH": str(scratch),
            "TIPLINE_HOST": LOOPBACK,
            "TIPLINE_INTAKE_PORT": str(self.ports["intake"]), "TIPLINE_INTAKE_URL": self.url("intake"),
            "TIPLINE_CONSOLE_PORT": str(self.ports["console"]), "TIPLINE_CONSOLE_URL": self.url("console"),
            "TIPLINE_CHECKPOINT_SECONDS": "1", "TIPLINE_EXPIRE_SECONDS": "1",
        }  # fmt: skip

    def with_keys(self, process: str) -> dict[str, str]:
        """The same, for one of its functions that a test calls itself: the role's credentials as keys."""
        keys = self.roles[process]
        told = {"TIPLINE_S3_ACCESS_KEY": keys.access_key, "TIPLINE_S3_SECRET_KEY": keys.secret_key}
        return {**self.environment(process), **told}

    def run(self, process: str, *words: str, told: str = "") -> str:
        """Run a command to its end as one of the tasks, `told` on its standard input; return what it said."""
        done = subprocess.run(
            words, cwd=ROOT, env=self.environment(process), input=told, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def count(self, rows: str) -> int:
        """How many rows the operator's role counts."""
        with connect(self.environment("operator")["DATABASE_URL"]) as conn:
            (number,) = conn.execute(f"SELECT count(*) FROM {rows}".encode()).fetchone() or (0,)
        return int(number)

    def tipline(self, *words: str) -> str:
        """Run a command of the operator's in the operator's task."""
        return self.run("operator", str(Path(sys.executable).parent / "tipline"), *words)

    @contextmanager
    def running(self, *processes: str) -> Iterator[None]:
        """Start processes by their tasks' commands, wait until the doors serve, and end them."""
        with ExitStack() as stack:
            for process in processes:
                command = [sys.executable, *self.tasks[process]["command"][1:]]
                log = stack.enter_context((self.folder / f"{process}.log").open("w"))
                told = self.environment(process)
                child = subprocess.Popen(command, cwd=ROOT, env=told, stdout=log, stderr=log)
                stack.callback(child.wait, 30)
                stack.callback(child.terminate)
            for process in _DOORS.keys() & set(processes):
                eventually(lambda process=process: self._serves(process), f"{process} serves")
            yield

    def _serves(self, door: str) -> bool:
        try:
            return httpx.get(f"http://{LOOPBACK}:{self.ports[door]}{_DOORS[door]}").status_code == 200
        except httpx.TransportError:
            return False


class _StoreUnderPolicies(EmbeddedStore):
    """The embedded store with other identities than ours: the tasks' roles, under the plan's policies."""

    policies: Mapping[str, Any]
    roles: Mapping[str, Keys]

    def initialise(self) -> None:
        super().initialise()
        steward = {"accessKey": self.keys[STEWARD].access_key, "secretKey": self.keys[STEWARD].secret_key}
        identities: list[dict[str, Any]] = [{"name": STEWARD, "credentials": [steward], "actions": ["Admin"]}]
        for process, keys in self.roles.items():
            pair = {"accessKey": keys.access_key, "secretKey": keys.secret_key}
            identities.append({"name": process, "credentials": [pair], "policyNames": [process]})
        written = [{"name": name, "content": json.dumps(_of_s3(is_))} for name, is_ in self.policies.items()]
        (self._settings / "s3.json").write_text(json.dumps({"identities": identities, "policies": written}))


def _of_s3(policy: Mapping[str, Any]) -> dict[str, Any]:
    """A policy without what it says of keys, of which the embedded store knows nothing."""
    kept = [statement for statement in policy["Statement"] if not statement["Action"][0].startswith("kms:")]
    return {"Version": policy["Version"], "Statement": kept}


@contextmanager
def installed(folder: Path, outputs: Mapping[str, Any]) -> Iterator[Installation]:
    """Postgres and the store with what Terraform makes in them; nothing of ours runs yet."""
    names = outputs["buckets"]
    roles = {name: Keys(f"{name}-{token_hex(8)}", token_hex(32)) for name in outputs["task_policies"]}
    store = _StoreUnderPolicies(
        folder / "store", buckets=Buckets(names["originals"], names["derivatives"], names["checkpoints"])
    )
    object.__setattr__(store, "policies", outputs["task_policies"])
    object.__setattr__(store, "roles", roles)
    (folder / "spool").mkdir()
    with ExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(folder / "postgres", durable=False).running())
        with connect(postgres.admin_url, autocommit=True) as conn:
            conn.execute(f"CREATE ROLE {_ADMIN} LOGIN CREATEROLE CREATEDB PASSWORD '{_PASSWORD}'".encode())
            conn.execute(f"ALTER DATABASE tipline OWNER TO {_ADMIN}".encode())
        stack.enter_context(store.running())
        for bucket in ("exports", "spool"):
            store.client(STEWARD).create_bucket(Bucket=names[bucket])
        endpoint, recorder = stack.enter_context(recording((LOOPBACK, store.ports["s3"])))
        yield Installation(
            folder=folder,
            tasks=outputs["containers"],
            secrets=task_secrets(Secrets.kept_in(folder / "keys"), "database.internal", {}),
            roles=roles,
            endpoint=endpoint,
            credentials=stack.enter_context(_handing_out(roles)),
            database_port=postgres.port,
            recorder=recorder,
        )


@contextmanager
def _handing_out(roles: Mapping[str, Keys]) -> Iterator[str]:
    """Answer as a container's credentials address does
    (docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html)."""

    class Role(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys = roles[self.path.lstrip("/")]
            until = datetime.now(UTC) + timedelta(hours=1)
            answer = {"AccessKeyId": keys.access_key, "SecretAccessKey": keys.secret_key, "Token": "",
                      "Expiration": until.isoformat()}  # fmt: skip
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: it would hold credentials' paths."""

    with ThreadingHTTPServer((LOOPBACK, 0), Role) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://{LOOPBACK}:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
