"""`python -m tipline.run.prepare`: roles, migrations and buckets, before the processes start.

What `tipline up` does by itself on one machine, for compose and other places where somebody else runs the
database and the store. Safe to run again, and to be run at every deployment.
"""

import json
import os
from collections.abc import Mapping

from evidence.db.migrate import migrate
from evidence.settings import Env, StoreSettings
from evidence.storage.store import Store
from tipline.up.store_access import Buckets, make_buckets


def main(variables: Mapping[str, str]) -> None:
    """Read DATABASE_URL (an administrator's), TIPLINE_ROLE_PASSWORDS (JSON by role) and TIPLINE_S3_*."""
    env = Env(variables)
    migrate(env.text("DATABASE_URL"), json.loads(env.text("TIPLINE_ROLE_PASSWORDS", "{}")))
    settings = StoreSettings.from_env(env)
    buckets = Buckets(settings.originals, settings.derivatives, settings.checkpoints, settings.spool)
    make_buckets(Store.connect(settings).client, buckets)


if __name__ == "__main__":
    main(os.environ)
