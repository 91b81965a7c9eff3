"""What functions in the database refuse, by SQLSTATES of our own, as codes and sentences."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import psycopg

from evidence.errors import EvidenceError

Refusals = Mapping[str, Callable[[], EvidenceError]]


@contextmanager
def translated(refusals: Refusals) -> Iterator[None]:
    """Raise what `refusals` has for a SQLSTATE in the place of psycopg's own error; any other stays."""
    try:
        yield
    except psycopg.Error as error:
        refuse = refusals.get(error.sqlstate or "")
        if refuse is None:
            raise
        raise refuse() from None
