"""Bringing a backup back into an empty place, and proving that it is whole before anybody relies on it."""

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from evidence.db.connect import connect
from evidence.db.migrate import migrate
from evidence.errors import Conflict
from evidence.ledger.checkpoint import note_copied, take, uncopied
from evidence.ledger.witness import copy_out
from evidence.settings import Env, StoreSettings
from evidence.storage.store import Store
from tipline.backup.database import bring_back, end_sessions
from tipline.backup.deletions import Deletions, delete_again, empty_out
from tipline.backup.repository import Kept, Manifest, Repository
from tipline.backup.strongbox import Opener, laid_out
from tipline.backup.take import DUMP, Progress
from tipline.examining import Examined, examine
from tipline.operator import Operator
from tipline.up.environments import expire_environment, operator_variables
from tipline.up.ports import LOOPBACK
from tipline.up.site import Folders, Site, choose_addresses
from workers.expire.main import shredder_of
from workers.expire.settings import ExpireSettings

_SPOOL_MODE, _STORE_MODE = 0o640, 0o600


@dataclass(frozen=True)
class Restored:
    """What became of it: the backup, how many tips were deleted again, and what `verify --all` found."""

    manifest: Manifest
    deleted_again: int
    deletions_known_until: datetime
    examined: Examined


def restore(
    repository: Repository,
    name: str | None,
    data: Path,
    opener: Opener,
    deletions: Deletions | None,
    *,
    progress: Progress,
    tell: Callable[[str], None],
) -> Restored:
    """Restore a backup (by default the newest) into `data`, which must be empty or not there.

    `deletions`, or else the list beside the backups, is applied. Raises `Conflict` (`not_empty`), `NotFound`
    (`no_backup`), `Forbidden` (`secrets_closed`), `Invalid` (`backup_damaged`), all before the database
    starts; `Unavailable` afterwards.
    """
    if data.exists() and any(data.iterdir()):
        raise Conflict(f"{data} is not empty; name a directory that is, or none yet.", code="not_empty")
    manifest = repository.manifest(name)
    secrets = opener.open(base64.b64decode(manifest.secrets))
    deletions = deletions or _beside(repository, manifest)
    folders = Folders(data.absolute()).make_passages()
    laid_out(secrets, folders.secrets)
    _lay_out_files(repository, manifest, folders.root, progress)
    addresses = choose_addresses(LOOPBACK, 0, 0, {})
    site = Site.prepare(folders, addresses, _named(manifest))
    tell("starting the database and the store on what was brought back ...")
    with _running(site):
        dumped = next(file for file in manifest.files if file.path == DUMP)
        bring_back(site.admin_url, (repository.read(chunk) for chunk in dumped.chunks))
        migrate(site.admin_url, site.reach.secrets.role_passwords, tell=tell)
        end_sessions(site.admin_url)
        again = delete_again(site.admin_url, deletions)
        told = {**expire_environment(site.reach), **site.places("expire")}
        empty_out(shredder_of(ExpireSettings.from_env(told)))
        _sign(site)
        tell("reading back every chain and every byte ...")
        examined = examine(Operator.from_env(Env(operator_variables(site.reach))), None)
    return Restored(manifest, again, deletions.known_until, examined)


def _beside(repository: Repository, manifest: Manifest) -> Deletions:
    kept = repository.deletions()
    return Deletions.from_bytes(kept) if kept else Deletions(manifest.taken_at, ())


def _named(manifest: Manifest) -> dict[str, str]:
    # One of uploads over several hosts is none here, and noted as None.
    return {f"TIPLINE_S3_{which.upper()}": bucket for which, bucket in manifest.buckets.items() if bucket}


def _lay_out_files(repository: Repository, manifest: Manifest, root: Path, progress: Progress) -> None:
    """Write every file but the dump, each chunk checked against its SHA-256."""
    files = [file for file in manifest.files if file.path != DUMP]
    total, done = sum(file.size for file in files), 0
    for file in files:
        for count in _lay_out(repository, file, _inside(root, file.path)):
            done += count
            progress(done, total)


def _lay_out(repository: Repository, file: Kept, place: Path) -> Iterator[int]:
    place.parent.mkdir(parents=True, exist_ok=True)
    mode = _SPOOL_MODE if file.path.startswith("spool/") else _STORE_MODE
    fd = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(fd, "wb") as out:
        os.fchmod(fd, mode)
        for chunk in file.chunks:
            yield out.write(repository.read(chunk))
        out.flush()
        os.fsync(fd)


def _inside(root: Path, path: str) -> Path:
    """Where a file of a backup belongs; raises `Conflict` where that would be outside."""
    place = (root / path).resolve()
    if not place.is_relative_to(root.resolve()):
        raise Conflict(f"This backup wants to write outside of its place: {path}", code="backup_damaged")
    return place


def _running(site: Site) -> ExitStack:
    """The database and the store, for as long as the stack is open."""
    stack = ExitStack()
    try:
        assert site.postgres is not None  # noqa: S101 (no operator named another)
        assert site.store is not None  # noqa: S101
        stack.enter_context(site.postgres.running())
        stack.enter_context(site.store.running())
    except BaseException:
        stack.close()
        raise
    return stack


def _sign(site: Site) -> None:
    """Sign a head over what no checkpoint had yet: by now it would be late, as if it had been kept out."""
    reach = site.reach
    store = Store.connect(StoreSettings.from_env(Env(reach.store_variables("worker"))))
    with connect(reach.database_url("tipline_worker")) as conn:
        while take(conn, reach.secrets.checkpoint_signing_key):
            conn.commit()
        while waiting := uncopied(conn):
            for witness in waiting:
                copy_out(store, witness)
                note_copied(conn, witness.checkpoint)
            conn.commit()
