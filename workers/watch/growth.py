"""Handing a copy on while it is made: each piece is proven clean, put into the store and noted, in order."""

import hashlib
from functools import partial
from pathlib import Path

from evidence.media.growing import Piece, add_piece
from workers.bench import Bench, Task
from workers.normalize.make import proven
from workers.strip import fragments
from workers.watch.pieces import Growing


class Growth:
    """Follows the file at `path`; call `hand_on` again and again while it is written, and once after.

    `mime` is what a player must be told (RFC 6381).
    """

    def __init__(self, bench: Bench, task: Task, recipe: str, path: Path, mime: str) -> None:
        self._bench = bench
        self._task = task
        self._recipe = recipe
        self._mime = mime
        self._growing = Growing(path)
        self._number = 0
        self._init: fragments.Init | None = None

    def hand_on(self) -> None:
        """Publish what has become whole. Raises `RefusedError` (`not_clean`), `LeaseLost`, `Unavailable`."""
        for piece in self._growing.whole():
            self._publish(piece)
            self._number += 1

    def _publish(self, content: bytes) -> None:
        lying, media = self._task.room / "piece", self._task.media
        lying.write_bytes(content)
        if self._init is None:
            self._init = proven(fragments.prove_init_clean, lying)
        else:
            proven(partial(fragments.prove_segment_clean, init=self._init), lying)
        digest = hashlib.sha256(content).digest()
        # Named for its bytes: a worker that has lost its lease unawares must not write over another's.
        key = f"{media.tip_id}/{media.id}/pieces/{self._recipe}/{self._number}-{digest.hex()[:32]}"
        stored = self._bench.store.put_derivative(key, lying, digest, "video/mp4")
        piece = Piece(
            media.id, self._recipe, self._number, digest, len(content), self._mime, stored.key, stored.version
        )
        with self._bench.pool.connection() as conn:
            replaced = add_piece(conn, self._task.lease, piece)
        for gone in replaced:
            self._bench.store.remove_derivative(gone.object_key, gone.object_version)
