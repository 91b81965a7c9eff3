"""Putting what a stage made into the store, under a name that a second run gives to the same bytes only."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evidence.media import Media, derivatives_of
from evidence.media.media import DerivativeKind
from evidence.media.progress import Made
from evidence.telemetry.tracing import within
from workers.bench import Bench
from workers.metrics import BYTES_DERIVED
from workers.tools import versions


@dataclass(frozen=True, slots=True)
class Product:
    """A file that a recipe made. `command` is what an expert types to make it again."""

    path: Path
    kind: DerivativeKind
    recipe: str
    mime: str
    command: str
    facts: Mapping[str, Any]


def keep(bench: Bench, media: Media, product: Product) -> Made:
    """Write the product into the derivatives bucket and describe it. Raises `Unavailable`."""
    if media.sha256 is None:
        raise ValueError("a derivative is made of a sealed original")
    with within("store", kind=product.kind):
        digest = _sha256(product.path)
        stored = bench.store.put_derivative(
            object_key(media, product, media.sha256, digest), product.path, digest, product.mime
        )
    size = product.path.stat().st_size
    BYTES_DERIVED.labels(product.kind).inc(size)
    return Made(
        kind=product.kind,
        recipe=product.recipe,
        input_sha256=media.sha256,
        sha256=digest,
        size=size,
        mime=product.mime,
        stored=stored,
        facts=product.facts,
        command=product.command,
        tools=versions(),
    )


def made_before(bench: Bench, media: Media, kind: DerivativeKind, recipe: str) -> bool:
    """Whether this recipe's product of this original is on record: another attempt or version may ask."""
    with bench.pool.connection() as conn:
        return any(
            (made.kind, made.recipe, made.input_sha256) == (kind, recipe, media.sha256)
            for made in derivatives_of(conn, [media.id])
        )


def object_key(media: Media, product: Product, input_sha256: bytes, sha256: bytes) -> str:
    """Media, kind, recipe, input and bytes: a worker that froze, lost its lease and woke up just before its
    write must not put what another ffmpeg made in the place of what is on record.
    """
    made = f"{product.recipe}-{input_sha256.hex()[:32]}-{sha256.hex()[:32]}"
    return f"{media.tip_id}/{media.id}/{product.kind}/{made}"


def _sha256(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
