"""Under which account each program runs.

As an ordinary user, everything is that user. As root, each program gets a uid of its own where strangers can
reach the checkout and the data; where they cannot (a checkout under /root), all run as the checkout's owner
without any capability, and the confinement alone keeps them apart. Postgres refuses root, and initdb a uid
that has no name: there it runs in a user namespace that calls it nobody.
"""

import json
import os
import pwd
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tipline.up.programs import postgres_program, weed_program

# systemd's DynamicUser range (systemd.io/UIDS-GIDS): no distribution hands these numbers to people.
_FIRST_UID, _LAST_UID = 61184, 65519
_UIDS = 9


@dataclass(frozen=True)
class Account:
    """A uid and its groups; `in_namespace` means the same files, but seeing itself as nobody."""

    uid: int
    gid: int
    groups: tuple[int, ...] = ()
    in_namespace: bool = False


def own_account() -> Account:
    """The account this very process has."""
    return Account(os.geteuid(), os.getegid(), tuple(os.getgroups()))


def owner_account(place: Path) -> Account:
    """The account to run as where all share one: our own, or, as root, that of whoever owns `place`."""
    if os.geteuid() != 0:
        return own_account()
    owner = place.stat()
    return Account(owner.st_uid, owner.st_gid)


def for_postgres(account: Account) -> Account:
    """The same account in a way that Postgres agrees to run: not as root, and under a uid with a name."""
    nameless = all(entry.pw_uid != account.uid for entry in pwd.getpwall())
    return replace(account, in_namespace=account.uid == 0 or nameless)


@dataclass(frozen=True)
class Accounts:
    """One account for each program, and the group that shares the spool; `separate` says if they differ."""

    postgres: Account
    store: Account
    intake: Account
    worker: Account
    console: Account
    sms: Account
    carrier: Account
    expire: Account
    spool_group: int
    separate: bool


def choose_accounts(data_dir: Path, note: Path) -> Accounts:
    """Decide for the data under `data_dir`; numbers once drawn are kept in the file `note`."""
    if os.geteuid() == 0:
        first = _remembered(note)
        # One more program than when they were drawn: the number after the last may be somebody's by now.
        if first is None or not _unnamed(first):
            first = _draw_uids()
        if _strangers_can_run(first, data_dir):
            note.write_text(json.dumps({"first_uid": first}))
            return _separate_accounts(first)
    shared = owner_account(Path(__file__))
    return Accounts(
        for_postgres(shared), store=shared, intake=shared, worker=shared, console=shared, sms=shared,
        carrier=shared, expire=shared, spool_group=shared.gid, separate=False,
    )  # fmt: skip


def _separate_accounts(first: int) -> Accounts:
    spool = first + 5
    database, store, sms, carrier = (Account(uid, uid) for uid in (first, first + 1, first + 6, first + 7))
    # The console only reads there: its confinement sees to that (`tipline.run.console`).
    console, intake, worker, expire = (
        Account(uid, uid, (spool,)) for uid in (first + 2, first + 3, first + 4, first + 8)
    )
    return Accounts(
        for_postgres(database), store, intake, worker, console, sms, carrier, expire, spool, separate=True
    )


def _remembered(note: Path) -> int | None:
    return int(json.loads(note.read_text())["first_uid"]) if note.exists() else None


def _draw_uids() -> int:
    while True:
        first = random.SystemRandom().randrange(_FIRST_UID, _LAST_UID - _UIDS)
        if _unnamed(first):
            return first


def _unnamed(first: int) -> bool:
    """Whether all numbers from `first` on are nobody's who has a name."""
    return {entry.pw_uid for entry in pwd.getpwall()}.isdisjoint(range(first, first + _UIDS))


def _strangers_can_run(uid: int, data_dir: Path) -> bool:
    """Try it, as such a stranger: permissions, mounts and umasks have too many ways to say no."""
    reach = f"import evidence, psycopg, os; os.stat({str(data_dir)!r} + '/.')"
    trials: Sequence[Sequence[str]] = (
        (sys.executable, "-c", reach),
        (str(postgres_program("postgres")), "--version"),
        (str(weed_program()), "version"),
    )
    return all(_succeeds(trial, uid) for trial in trials)


def _succeeds(command: Sequence[str], uid: int) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 (our own programs)
            command, user=uid, group=uid, extra_groups=[], cwd="/", capture_output=True, env={}, check=False
        )
    except PermissionError:
        return False
    return done.returncode == 0


def hand_over(path: Path, account: Account, mode: int, *, group: int | None = None) -> Path:
    """Make the directory `path` with `mode`, belonging to `account` with all that is in it; return it.

    Only root can give files away; an ordinary user's are its own already.
    """
    path.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        _give_tree(path, account.uid, account.gid if group is None else group)
    path.chmod(mode)
    return path


def _give_tree(top: Path, uid: int, gid: int) -> None:
    for _, directories, files, here in os.fwalk(top):
        for name in (*directories, *files):
            os.chown(name, uid, gid, dir_fd=here, follow_symlinks=False)
    shutil.chown(top, uid, gid)
