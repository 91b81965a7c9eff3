"""`python -m infra.release.bundle [URL]`: what citizens' browsers run, built from this source, and compared.

Without an address it builds the bundle and prints its files and the hash of their list, which is what the
page "What we keep" says. With one it fetches that door's pages as a browser does, and every script and style
that they name, and says what is not as it was built. It ends with 1 then.
"""

import hashlib
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urljoin

import requests

from infra.release.tools import ROOT, node, run

_PAGES = ("/", "/live", "/r", "/privacy")
_SOURCES = ("web", "package.json", "package-lock.json", "tsconfig.json")
_PATIENCE = 30.0  # seconds for one answer
_NAMED = re.compile(r"/static/([\w.-]+)")
_SCRIPT = re.compile(r"<script\b([^>]*)>")
_HANDLER = re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE)


def build(room: Path, source: Path = ROOT) -> Path:
    """Build the bundle of a checkout in a directory of its own, and return where it lies.

    The packages that the lock file names are taken from `source`, where `npm ci` put them.
    """
    for name in _SOURCES:
        if (source / name).is_dir():
            shutil.copytree(source / name, room / name, ignore=shutil.ignore_patterns("dist", "__pycache__"))
        else:
            shutil.copy2(source / name, room / name)
    (room / "node_modules").symlink_to(source / "node_modules")
    run(node("node", "web/build.mjs"), cwd=room)
    return room / "web/citizen/dist"


def hashes(dist: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that browsers are sent."""
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(dist.iterdir())
        if file.name != "manifest.json"
    }


def listing(files: Mapping[str, str]) -> str:
    """Return the list as `/bundle.txt` has it; its SHA-256 is the bundle's."""
    return "".join(f"{files[name]}  {name}\n" for name in sorted(files))


def compare(url: str, built: Mapping[str, str]) -> list[str]:
    """Return what a door serves that was not built from this source, a sentence each.

    Raises `requests.RequestException` where it does not answer.
    """
    faults: list[str] = []
    named: set[str] = set()
    for page in _PAGES:
        answer = requests.get(urljoin(url, page), timeout=_PATIENCE)
        if page == "/live" and answer.status_code == requests.codes.not_found:
            continue  # switched off
        answer.raise_for_status()
        named |= set(_NAMED.findall(answer.text))
        faults += [f"{page}: {fault}" for fault in _odd(answer)]
    told = requests.get(urljoin(url, "/bundle.txt"), timeout=_PATIENCE)
    told.raise_for_status()
    if told.text != listing(built):
        faults.append("/bundle.txt is not the list of what was built here")
    if _sha256(told.content) not in requests.get(urljoin(url, "/privacy"), timeout=_PATIENCE).text:
        faults.append("/privacy does not have the fingerprint of /bundle.txt")
    for name in sorted(named | set(built)):
        got = requests.get(urljoin(url, f"/static/{name}"), timeout=_PATIENCE)
        if name not in built:
            faults.append(f"{name} is named by a page and was not built here")
        elif got.status_code != requests.codes.ok:
            faults.append(f"{name} is not there: {got.status_code}")
        elif _sha256(got.content) != built[name]:
            faults.append(f"{name} differs: {_sha256(got.content)} instead of {built[name]}")
    return faults


def _odd(answer: requests.Response) -> list[str]:
    """What would let a page run more than the files that it names."""
    odd = [
        f"a script that is no file of ours: <script{told}>"
        for told in _SCRIPT.findall(answer.text)
        if 'type="application/json"' not in told and 'src="/static/' not in told
    ]
    if _HANDLER.search(answer.text):
        odd.append("a script in an attribute")
    if "script-src 'self';" not in answer.headers.get("Content-Security-Policy", ""):
        odd.append("no policy that keeps other scripts out")
    return odd


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def main() -> None:
    """Print what was built, or compare it."""
    with tempfile.TemporaryDirectory() as room:
        built = hashes(build(Path(room)))
    if len(sys.argv) == 1:
        print(listing(built), end="")
        print(f"\nAll of it: {_sha256(listing(built).encode())}")
        return
    faults = compare(sys.argv[1], built)
    if faults:
        sys.exit("\n".join(faults))
    print(f"All {len(built)} files are as this source makes them: {_sha256(listing(built).encode())}")


if __name__ == "__main__":
    main()
