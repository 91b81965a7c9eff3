"""The built files browsers load: few, small, held in memory, named by their content's hash."""

import base64
import gzip
import hashlib
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from flask import Response, abort, request, url_for

from evidence.errors import SettingsError

FOR_EVER = "public, max-age=31536000, immutable"
# The one script that runs WebAssembly, in a worker of its own: a page never may.
PROVER = "prover.js"
_PROVER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"


@dataclass(frozen=True)
class Asset:
    """One built file, as it is and compressed."""

    mimetype: str
    plain: bytes
    compressed: bytes


@dataclass(frozen=True)
class Assets:
    """Every built file, and the hashed name behind each plain one."""

    names: Mapping[str, str]
    files: Mapping[str, Asset]

    @classmethod
    def load(cls, dist: Path) -> Self:
        """Read what `npm run build` wrote into `dist`; raises `SettingsError` where it did not run."""
        try:
            names: dict[str, str] = json.loads((dist / "manifest.json").read_text("utf-8"))
        except FileNotFoundError:
            raise SettingsError("The page's scripts and styles are not built; run `npm run build`.") from None
        return cls(names, {hashed: _read(dist / hashed) for hashed in names.values()})

    @property
    def listing(self) -> str:
        """Every file with its SHA-256, sorted by name, as `sha256sum` writes and checks it."""
        return "".join(
            f"{hashlib.sha256(self.files[name].plain).hexdigest()}  {name}\n" for name in sorted(self.files)
        )

    def integrity(self, name: str) -> str:
        """Return what a browser shall find the file that was written as `name` to be (W3C, SRI)."""
        digest = hashlib.sha384(self.files[self.names[name]].plain).digest()
        return f"sha384-{base64.b64encode(digest).decode()}"

    def url(self, name: str) -> str:
        """Return where the file that was written as `name` is served."""
        return url_for("static_file", name=self.names[name], lang=None)

    def answer(self, name: str) -> Response:
        """Answer one file; its name changes whenever its content does, so it may be kept for ever."""
        asset = self.files.get(name)
        if asset is None:
            abort(404)
        compressed = request.accept_encodings.quality("gzip") > 0
        response = Response(asset.compressed if compressed else asset.plain, mimetype=asset.mimetype)
        if compressed:
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = FOR_EVER
        if name == self.names.get(PROVER):
            response.headers["Content-Security-Policy"] = _PROVER_POLICY
        return response


def _read(file: Path) -> Asset:
    content = file.read_bytes()
    guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Asset(guessed, content, gzip.compress(content, 9, mtime=0))
