"""The object store: SeaweedFS from a wheel, as our own child, with S3 as its only open door.

It acknowledges a PUT when the bytes are in the kernel's page cache, not on the disk. They survive kill -9,
but not a power cut. Whoever drops the only other copy calls `evidence.storage.settle` first, on the directory
`disk` that lies on the store's own file system (TIPLINE_STORE_DISK): syncfs(2) carries all that was
acknowledged before, metadata included, to the disk. (Its own `fs.configure -fsync` reaches the volumes, not
the filer's metadata.)

For the same reason it is stopped by SIGKILL: a clean stop takes 17 to 27 seconds and adds nothing, since what
was acknowledged is in the page cache already, and the next start replays its logs exactly as after a crash.
tests/tipline/up/test_store.py kills it in mid-PUT and reads everything acknowledged.
"""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from evidence.errors import Unavailable
from tipline.up.accounts import Account, hand_over, own_account
from tipline.up.launch import Program, launch
from tipline.up.ports import LOOPBACK, free_ports
from tipline.up.programs import weed_program
from tipline.up.store_access import IDENTITIES, STEWARD, Buckets, Keys, make_buckets, s3_configuration
from tipline.up.store_locks import write_locks

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REGION = "us-east-1"
_DOORS = ("s3", "master", "volume", "filer")
_READY_SECONDS = 60.0


def fresh_keys() -> dict[str, Keys]:
    """New credentials for every identity."""
    return {name: Keys(f"{name}-{token_hex(8)}", token_hex(32)) for name in IDENTITIES}


@dataclass(frozen=True)
class EmbeddedStore:
    """A store under `data_dir`. `keys` maps each of `IDENTITIES` to its credentials."""

    data_dir: Path
    keys: Mapping[str, Keys] = field(default_factory=fresh_keys, repr=False)
    buckets: Buckets = field(default_factory=Buckets)
    account: Account = field(default_factory=own_account)
    log: Path | None = None
    max_volumes: int = 0  # as many as the disk has room for

    @property
    def endpoint(self) -> str:
        """The S3 address."""
        return f"http://{LOOPBACK}:{self.ports['s3']}"

    @property
    def disk(self) -> Path:
        """An empty directory on the store's file system, to be handed to `evidence.storage.settle`."""
        return self.data_dir / "disk"

    @property
    def side_doors(self) -> dict[str, int]:
        """Every port it opens besides S3's."""
        return {name: port for name, port in self.ports.items() if name != "s3"}

    @cached_property
    def ports(self) -> dict[str, int]:
        """Eight ports, the same at each start where they are still free (its master names its files so)."""
        names = [*_DOORS, *(f"{door}.grpc" for door in _DOORS)]
        note = self.data_dir / "ports.json"
        before = json.loads(note.read_text()) if note.exists() else None
        self.data_dir.mkdir(parents=True, exist_ok=True)
        chosen = free_ports(names, before)
        note.write_text(json.dumps(chosen))
        return chosen

    def initialise(self) -> None:
        """Make its directories and write its configuration anew: identities, certificates, tokens."""
        (self.data_dir / "data").mkdir(parents=True, exist_ok=True)
        self.disk.mkdir(exist_ok=True)
        settings = self._settings
        settings.mkdir(exist_ok=True)
        settings.chmod(0o700)
        write_locks(settings)
        identities = settings / "s3.json"
        identities.unlink(missing_ok=True)
        identities.touch(mode=0o600)
        identities.write_text(s3_configuration(self.buckets, self.keys))
        hand_over(self.data_dir, self.account, 0o711)
        hand_over(self.data_dir / "data", self.account, 0o700)
        self.disk.chmod(0o755)

    def program(self) -> Program:
        """The server itself: telemetry off, and nothing but loopback."""
        log = self.log or self.data_dir / "store.log"
        # One volume a bucket at first, not seven: a small disk would have no room left for the third bucket.
        environment = {"HOME": str(self._settings.parent), "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1"}
        return Program("store", self._command(), log, environment, account=self.account)

    def _command(self) -> list[str]:
        ports = [f"-{door}.port{kind}={self.ports[door + kind]}" for door in _DOORS for kind in ("", ".grpc")]
        return [
            *(str(weed_program()), "server", "-s3", f"-dir={self.data_dir}/data"),
            *(f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}", *ports),
            *(f"-s3.config={self._settings}/s3.json", "-s3.iam=false"),
            *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"),
            *(
                f"-volume.max={self.max_volumes}",
                "-master.volumeSizeLimitMB=1024",
                "-volume.preStopSeconds=0",
            ),
            *("-master.electionTimeout=1s", "-master.heartbeatInterval=100ms"),
        ]

    def wait_ready(self, alive: Callable[[], bool], pause: Callable[[float], None] = time.sleep) -> None:
        """Wait until the buckets are there and a write is taken; raises `Unavailable` if it never is."""
        until = time.monotonic() + _READY_SECONDS
        client = self.client(STEWARD)
        while time.monotonic() < until and alive():
            try:
                make_buckets(client, self.buckets)
                client.put_object(Bucket=self.buckets.derivatives, Key=".ready", Body=b"!")
                client.delete_object(Bucket=self.buckets.derivatives, Key=".ready")
                return
            except (BotoCoreError, ClientError):
                pause(0.05)
        raise Unavailable(f"The object store did not start; its log is {self.program().log}.")

    def client(self, identity: str) -> "S3Client":
        """An S3 client with one identity's credentials, which does not try twice."""
        keys = self.keys[identity]
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10),
        )

    @contextmanager
    def running(self) -> Iterator["EmbeddedStore"]:
        """Start it, and stop it at the end."""
        self.initialise()
        child = launch(self.program())
        try:
            self.wait_ready(lambda: child.poll() is None)
            yield self
        finally:
            self.stop(child)

    def stop(self, child: subprocess.Popen[bytes]) -> None:
        """Stop it in no time (see above)."""
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
        child.wait()
        self.clear_sockets()

    def clear_sockets(self) -> None:
        """Remove the sockets that SeaweedFS puts into /tmp beside its ports, and leaves there."""
        for door, port in self.ports.items():
            name = f"{door}-{port}".replace(".grpc-", "-grpc-")
            Path(f"/tmp/seaweedfs-{name}.sock").unlink(missing_ok=True)  # noqa: S108

    @property
    def _settings(self) -> Path:
        # SeaweedFS looks for security.toml in $HOME/.seaweedfs
        return self.data_dir / ".seaweedfs"
