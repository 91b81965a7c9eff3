"""`python -m tipline.run.deletions list|keep|again`: deletions carried into a database that was brought back.

`list` writes every tip that was deleted to standard output, `keep` adds what was deleted since it last ran to
the list in the bucket of checkpoints; both for whoever may read them (DATABASE_URL), `keep` on a schedule.
`again` reads such a list from standard input, `again kept [SINCE]` the one in the bucket (what was added
after SINCE, the moment that was restored, with its offset), and begins those ends once more (an
administrator's DATABASE_URL, with TIPLINE_ADMIN_PASSWORD where `tipline.run.prepare` has one). The deletion
clock finishes them. On one machine `tipline backup` and `tipline restore` do both.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TextIO

from evidence.errors import EvidenceError, Invalid, SettingsError
from evidence.settings import Env, StoreSettings
from evidence.storage.store import Store
from tipline.backup.deletion_lists import keep, kept_since
from tipline.backup.deletions import Deletions, delete_again, deletions_now
from tipline.run.prepare import admin_url


def main(words: Sequence[str], variables: Mapping[str, str], source: TextIO, out: TextIO) -> None:
    """Do what the words say; raises `SettingsError` for others, `Invalid`, `NotFound`, `Unavailable`."""
    env = Env(variables)
    match list(words):
        case ["list"]:
            out.write(deletions_now(admin_url(env)).to_bytes().decode() + "\n")
        case ["keep"]:
            say(keep(_store(env), admin_url(env)), out)
        case ["again"]:
            _again(admin_url(env), Deletions.from_bytes(source.read().encode()), out)
        case ["again", "kept", *since] if len(since) <= 1:
            _again(admin_url(env), kept_since(_store(env), _moment(since[0]) if since else None), out)
        case _:
            raise SettingsError("Say list, keep, again, or again kept [SINCE].")


def say(kept: Deletions, out: TextIO) -> None:
    """Say what was noted: on AWS an alarm goes off where this line stays away."""
    out.write(f"Noted {len(kept.tips)} deleted tips, as known on {kept.known_until.isoformat()}.\n")


def _again(url: str, deletions: Deletions, out: TextIO) -> None:
    begun = delete_again(url, deletions)
    out.write(f"{begun} tips are being deleted again, as known on {deletions.known_until.isoformat()}.\n")


def _store(env: Env) -> Store:
    return Store.connect(StoreSettings.from_env(env))


def _moment(word: str) -> datetime:
    """A moment with its offset, as RDS was told it (`2026-11-26T02:00:00Z`)."""
    try:
        moment = datetime.fromisoformat(word)
    except ValueError as error:
        raise Invalid(f"{word} is no moment: write 2026-11-26T02:00:00Z.") from error
    if moment.tzinfo is None:
        raise Invalid(f"{word} does not say of which time zone it is: write 2026-11-26T02:00:00Z.")
    return moment


if __name__ == "__main__":
    try:
        main(sys.argv[1:], os.environ, sys.stdin, sys.stdout)
    except EvidenceError as error:
        sys.exit(f"tipline: {error.sentence}")
