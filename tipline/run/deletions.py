"""`python -m tipline.run.deletions list|again`: deletions carried over into a database that was brought back.

`list` writes every tip that was deleted to standard output, for whoever may read them (the operator's
DATABASE_URL); `again` reads such a list from standard input and begins those ends once more (an
administrator's DATABASE_URL, with TIPLINE_ADMIN_PASSWORD where `tipline.run.prepare` has one). The deletion
clock finishes them. On one machine `tipline backup` and `tipline restore` do both.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TextIO

from evidence.errors import SettingsError
from evidence.settings import Env
from tipline.backup.deletions import Deletions, delete_again, deletions_now
from tipline.run.prepare import admin_url


def main(words: Sequence[str], variables: Mapping[str, str], source: TextIO, out: TextIO) -> None:
    """Do what the one word says; raises `SettingsError` for another."""
    url = admin_url(Env(variables))
    if list(words) == ["list"]:
        out.write(deletions_now(url).to_bytes().decode() + "\n")
    elif list(words) == ["again"]:
        begun = delete_again(url, Deletions.from_bytes(source.read().encode()))
        out.write(f"{begun} tips are being deleted again.\n")
    else:
        raise SettingsError("Say list, or again.")


if __name__ == "__main__":
    try:
        main(sys.argv[1:], os.environ, sys.stdin, sys.stdout)
    except SettingsError as error:
        sys.exit(f"tipline: {error.sentence}")
