"""A part that the spool has let go of: its sealed original, as far as it is asked for."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock

from evidence.errors import NotFound
from evidence.live.index import Index
from evidence.live.indexing import index_for
from evidence.media import Media
from evidence.storage.store import Store

_KNOWN = 32


def index_of(mime: str, pieces: Iterable[bytes]) -> Index:
    """Return the index of a recording that is read from its beginning to its end."""
    index, held, at = index_for(mime), b"", 0
    for piece in pieces:
        held += piece
        while held and not index.broken:
            skipped = min(len(held), index.wants - at)
            held, at = held[skipped:], at + skipped
            if not held or not index.take(held):
                break
        if index.broken:
            break
    return index


@dataclass
class Stored:
    """Originals in the store; the index of one, once made, is kept for a while."""

    store: Store
    _indexes: OrderedDict[str, Index] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def bytes_from(self, media: Media, first: int, last: int | None = None) -> Iterator[bytes]:
        """Return a media's bytes from `first` on, in pieces; none past its end."""
        if first >= media.size:
            return iter(())
        if media.object_key is None:
            raise NotFound("This part is being sealed. It plays here in a moment.", code="being_sealed")
        return self.store.open_range(
            self.store.originals, media.object_key, first, last, media.object_version
        )

    def index(self, media: Media, mime: str) -> Index:
        """Return a media's index; reads it whole the first time."""
        key = str(media.id)
        with self._lock:
            known = self._indexes.get(key)
        if known is None:
            known = index_of(mime, self.bytes_from(media, 0))
            with self._lock:
                self._indexes[key] = known
                while len(self._indexes) > _KNOWN:
                    self._indexes.popitem(last=False)
        return known
