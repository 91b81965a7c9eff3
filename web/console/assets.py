"""Scripts and styles, under names that carry their content's hash."""

import json
from collections.abc import Mapping
from pathlib import Path

from evidence.errors import SettingsError


def read_manifest(static_folder: str | None) -> Mapping[str, str]:
    """Return plain names to hashed ones. Raises `SettingsError` where the assets were not built."""
    path = Path(static_folder or "static") / "dist" / "manifest.json"
    try:
        names: dict[str, str] = json.loads(path.read_text())
    except FileNotFoundError:
        raise SettingsError("The console's scripts and styles are not built; run `npm run build`.") from None
    return names


def url_of(manifest: Mapping[str, str], name: str) -> str:
    """Return the address of an asset; raises `KeyError` for one nobody built."""
    return f"/static/dist/{manifest[name]}"
