"""What an operator at the shell needs: the database as `tipline_operator`, the store, the agency's keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from psycopg import OperationalError

from evidence.db.connect import Connection, connect
from evidence.errors import Unavailable
from evidence.export.bag import Keys
from evidence.settings import Env, StoreSettings
from evidence.storage.store import Store
from tipline.up.instance import operator_environment


@dataclass(frozen=True)
class Operator:
    """Access to one installation, as its operator."""

    database_url: str = field(repr=False)
    store_settings: StoreSettings
    keys: Keys

    @classmethod
    def of(cls, data: Path) -> Self:
        """Read the secrets under `data`; `DATABASE_URL` and `TIPLINE_S3_*` of the environment come first."""
        return cls.from_env(Env(operator_environment(data)))

    @classmethod
    def from_env(cls, env: Env) -> Self:
        """Read an operator's environment as it is."""
        return cls(
            database_url=env.text("DATABASE_URL"),
            store_settings=StoreSettings.from_env(env),
            keys=Keys(
                (env.secret32("TIPLINE_AGENCY_PRIVATE_KEY"), *env.keys32("TIPLINE_AGENCY_EARLIER_KEYS")),
                (
                    env.secret32("TIPLINE_CHECKPOINT_VERIFY_KEY"),
                    *env.keys32("TIPLINE_CHECKPOINT_EARLIER_KEYS"),
                ),
            ),
        )

    @contextmanager
    def database(self) -> Iterator[Connection]:
        """A connection whose transaction commits at the end, and rolls back on an error.

        Raises `Unavailable` (`database_away`).
        """
        try:
            with connect(self.database_url) as conn:
                yield conn
        except OperationalError as away:
            raise Unavailable(
                "The database does not answer; the same command will work later.", code="database_away"
            ) from away

    def store(self) -> Store:
        """A client of the object store with the operator's keys."""
        return Store.connect(self.store_settings)
