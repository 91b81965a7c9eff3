"""`python -m tipline.run.prepare`: roles, migrations and buckets, before the processes start.

What `tipline up` does by itself on one machine, for compose and other places where somebody else runs the
database and the store. Safe to run again, and to be run at every deployment.
"""

import json
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from evidence.db.migrate import migrate
from evidence.settings import Env, StoreSettings
from evidence.storage.store import Store
from tipline.up.reach import with_login
from tipline.up.store_access import Buckets, make_buckets


def main(variables: Mapping[str, str]) -> None:
    """Read DATABASE_URL (an administrator's), TIPLINE_ROLE_PASSWORDS (JSON by role) and TIPLINE_S3_*.

    Where somebody else keeps the administrator's password and changes it, as AWS does, it comes by itself in
    TIPLINE_ADMIN_PASSWORD, and the address names the user alone.
    """
    env = Env(variables)
    migrate(admin_url(env), json.loads(env.text("TIPLINE_ROLE_PASSWORDS", "{}")))
    settings = StoreSettings.from_env(env)
    buckets = Buckets(settings.originals, settings.derivatives, settings.checkpoints, settings.spool)
    make_buckets(Store.connect(settings).client, buckets)


def admin_url(env: Env) -> str:
    """The administrator's address of the database, with the password that may come by itself."""
    url, password = env.text("DATABASE_URL"), env.optional("TIPLINE_ADMIN_PASSWORD")
    return with_login(url, urlsplit(url).username or "postgres", password) if password else url


if __name__ == "__main__":
    main(os.environ)
