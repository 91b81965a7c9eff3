"""The citizen's page as it is shipped: assets built, translations compiled, none older than its source."""

import subprocess
from pathlib import Path

from babel.messages.frontend import CommandLineInterface

ROOT = Path(__file__).parents[3]
CITIZEN = ROOT / "web" / "citizen"


def built_citizen() -> Path:
    """Return the folder that a door is given, building what is missing or stale."""
    sources = [*CITIZEN.glob("scripts/**/*.ts"), *CITIZEN.glob("styles/**/*.*"), ROOT / "web" / "build.mjs"]
    if _older(CITIZEN / "dist" / "manifest.json", sources):
        subprocess.run(["npm", "run", "--silent", "build"], cwd=ROOT, check=True)
    if _older(CITIZEN / "translations/es/LC_MESSAGES/messages.mo", [*CITIZEN.glob("translations/**/*.po")]):
        CommandLineInterface().run(["pybabel", "-q", "compile", "-d", str(CITIZEN / "translations")])
    return CITIZEN


def _older(made: Path, sources: list[Path]) -> bool:
    return not made.exists() or made.stat().st_mtime < max(source.stat().st_mtime for source in sources)
