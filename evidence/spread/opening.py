"""Which spool a process has: its host's alone, or one that is spread over many hosts."""

from datetime import timedelta
from pathlib import Path

from evidence.settings import StoreSettings
from evidence.spool import Spool
from evidence.spread.shelf import Shelf
from evidence.spread.spool import SpreadSpool


def open_spool(root: Path, store: StoreSettings, lifetime: timedelta = timedelta(days=30)) -> Spool:
    """Open the spool whose files are, or are copied, in the directory `root`, which must exist."""
    if store.spool is None:
        return Spool(root)
    return SpreadSpool(root, shelf=Shelf.connect(store, store.spool), lifetime=lifetime)
