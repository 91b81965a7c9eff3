"""Secrets' files, room on the disks, what lies in the spool too long, and how old the last backup is."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from stat import S_IMODE

from evidence.spool import Spool
from evidence.spool.room import Room
from intake.guard.reserve import reserve_of
from tipline.backup.repository import Repository
from tipline.doctor.finding import Finding, fault, in_words, warning, well

_OTHERS = 0o077
_FEW_FILES = 10_000
# What an upload may be over its time until the look through the spool has come to it.
_OVERDUE = timedelta(hours=1)
_BACKUP_LATE, _BACKUP_OLD = timedelta(hours=26), timedelta(days=7)


def secrets_are_private(folder: Path) -> Iterable[Finding]:
    """Look whether nobody but their owner can open the secrets."""
    open_to_others = [
        path for path in (folder, *sorted(folder.iterdir())) if S_IMODE(path.stat().st_mode) & _OTHERS
    ]
    if open_to_others:
        yield fault(
            "secrets", f"Others can open {', '.join(path.name for path in open_to_others)}.",
            f"Run: chmod -R go= {folder}; and reckon with it that they did.",
        )  # fmt: skip
    else:
        yield well("secrets", "Only their owner can open the secrets.")


def spool_has_room(spool: Path, reserve: int | None) -> Iterable[Finding]:
    """Look whether new media is still taken."""
    try:
        room = Room.of(spool)
    except FileNotFoundError:
        yield fault(
            "disk", f"The spool's directory, {spool}, is not there: new media is refused.",
            "Mount its disk again, or put it back where it was moved: uploads under way are in it.",
        )  # fmt: skip
        return
    yield from judge_room(room, reserve)


def judge_room(room: Room, reserve: int | None) -> Iterable[Finding]:
    """Judge the room on the spool's disk: below the reserve no new media is taken, words still are."""
    kept = reserve_of(room, reserve)
    if room.read_only:
        yield fault(
            "disk", "The spool's file system is read-only: nothing is taken in but words.",
            "Read the disk's errors in `dmesg`; copy spool/ before you repair it or mount it anew.",
        )  # fmt: skip
        return
    free = f"{room.free / 1e9:.1f} GB of {room.size / 1e9:.1f} are free on the spool's disk"
    if room.free < kept:
        yield fault(
            "disk", f"{free}: new media is refused.",
            "Make room: does the worker seal, what else lies there? Never remove files in spool/.",
        )  # fmt: skip
    elif room.free < 3 * kept:
        yield warning("disk", f"{free}; below {kept / 1e9:.1f} new media is refused.", "Make room in time.")
    else:
        yield well("disk", f"{free}.")
    if room.free_files is not None and room.free_files < _FEW_FILES:
        yield fault(
            "inodes", f"Only {room.free_files} more files fit on the spool's disk.",
            "Remove files there that are not ours, or use a file system with more inodes.",
        )  # fmt: skip


def spool_moves(spool: Path, now: datetime) -> Iterable[Finding]:
    """Look for uploads whose time was over long ago: somebody should have settled them."""
    if not spool.is_dir():  # that is told beside the room on its disk
        return
    left = [one for one in Spool(spool).unfinished() if one.expires_at < now - _OVERDUE]
    if left:
        oldest = in_words(now - min(one.expires_at for one in left))
        yield fault(
            "spool", f"{len(left)} uploads are over their time in the spool, the oldest by {oldest}.",
            "The public door's look through the spool does not come to them: read its log for `settling`.",
        )  # fmt: skip
    else:
        yield well("spool", "Nothing in the spool is over its time.")


def backed_up(backups: Path | None, now: datetime) -> Iterable[Finding]:
    """Look how old the last whole backup is."""
    if backups is None:
        yield warning(
            "backup", "Where backups lie is not known.",
            "Say --backups DIR; if there are none, see docs/runbooks/backup.md.",
        )  # fmt: skip
        return
    newest = Repository(backups).newest()
    if newest is None:
        yield fault("backup", f"There is no whole backup in {backups}.", "Take one: tipline backup.")
        return
    age = now - newest
    says = f"The last whole backup is {in_words(age)} old."
    if age > _BACKUP_OLD:
        yield fault("backup", says, "Take one now, and find out why the timer does not.")
    elif age > _BACKUP_LATE:
        yield warning("backup", says, "Find out why the last one was not taken.")
    else:
        yield well("backup", says)
