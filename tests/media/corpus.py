"""Every file of the corpus, made when it is first asked for and kept for the next run.

A family's files lie in a directory named by a hash of what makes them (its script, the common script, the
tools' versions), under the machine's cache. Two runs may make the same file at once: each writes aside, and
the first to put it in place wins.
"""

import hashlib
import os
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType

import imageio_ffmpeg
import PIL
import pillow_heif

from tests.media import (
    attacks,
    broken,
    containers,
    editing,
    edits,
    hevc,
    making,
    moving,
    photos,
    recorders,
    shapes,
    sounds,
    talkative,
    tracks,
    upright,
)
from tests.media.making import Becomes, Family, Maker

FAMILIES: tuple[ModuleType, ...] = (
    talkative, recorders, hevc, shapes, tracks, edits, containers, moving, photos, upright, sounds, broken,
    attacks,
)  # fmt: skip
TOOLS = f"{imageio_ffmpeg.__version__} {PIL.__version__} {pillow_heif.__version__}"


def cache_home() -> Path:
    """Where generated media outlive a run (XDG Base Directory Specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tipline" / "media"


class Corpus:
    """Files by name, made when first asked for; a test must not write to them."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or cache_home()
        self._made = cache(self._kept)

    def __getitem__(self, name: str) -> Path:
        return self._made(name)

    def _kept(self, name: str) -> Path:
        module, maker = _MAKERS[name]
        folder = self._root / f"{module.__name__.rpartition('.')[2]}-{_key(module)}"
        path = folder / name
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as aside:
                maker(self, Path(aside, name))
                self._place(Path(aside, name), path)
        return path

    @staticmethod
    def _place(made: Path, path: Path) -> None:
        try:
            os.link(made, path)
        except FileExistsError:
            return  # another run was faster


@cache
def _key(module: ModuleType) -> str:
    digest = hashlib.sha256(f"{TOOLS} {sys.version_info[:2]}".encode())
    for part in (making, editing, module):
        digest.update(Path(str(part.__file__)).read_bytes())
    return digest.hexdigest()[:16]


def _family(module: ModuleType) -> Family:
    family = module.FILES
    assert isinstance(family, Family)
    return family


_MAKERS: dict[str, tuple[ModuleType, Maker]] = {
    name: (module, maker) for module in FAMILIES for name, maker in _family(module).makers.items()
}
BECOMES: dict[str, Becomes] = {
    name: becomes for module in FAMILIES for name, becomes in _family(module).becomes.items()
}
