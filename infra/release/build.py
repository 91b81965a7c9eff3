"""What a release consists of, built of one commit and nothing else: the same bytes, whoever builds it.

The product is the image; its context is the source archive. The wheel is for whoever runs it without
containers: it holds all that runs, browsers' files and translations included.
"""

import gzip
import os
import sys
import tarfile
from pathlib import Path

from infra.release.bundle import hashes, listing
from infra.release.tools import ROOT, node, python_tool, run, uv


def source_archive(source: Path, commit: str, version: str, out: Path) -> Path:
    """Write the tracked files of a commit, as git stores them."""
    plain = out / f"tipline-{version}-source.tar"
    prefix = f"tipline-{version}/"
    run(["git", "archive", "--format=tar", f"--prefix={prefix}", f"--output={plain}", commit], cwd=source)
    packed = plain.with_suffix(".tar.gz")
    with packed.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as zipped:
        zipped.write(plain.read_bytes())
    plain.unlink()
    return packed


def unpack(archive: Path, room: Path) -> Path:
    """Lay the source out in an empty directory, with the packages that `npm ci` put into this checkout."""
    with tarfile.open(archive) as packed:
        packed.extractall(room, filter="data")
    tree = next(room.iterdir())
    (tree / "node_modules").symlink_to(ROOT / "node_modules")
    return tree


def wheel(tree: Path, epoch: int, out: Path) -> Path:
    """Build what browsers load, the translations, the wheel. `epoch` (seconds) dates what is in it."""
    run(node("node", "web/build.mjs"), cwd=tree)
    for catalogue in sorted(tree.glob("**/LC_MESSAGES/*.po")):
        if "node_modules" not in catalogue.parts:
            compiled = str(catalogue.with_suffix(".mo"))
            run(
                [python_tool("pybabel"), "-q", "compile", "--use-fuzzy", "-i", str(catalogue), "-o", compiled]
            )
    command = [uv(), "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--quiet"]
    run([*command, "--out-dir", str(out)], cwd=tree, env={"SOURCE_DATE_EPOCH": str(epoch), "UV_OFFLINE": "1"})
    (out / ".gitignore").unlink()  # of uv's
    return next(out.glob("*.whl"))


def bundle_list(tree: Path, out: Path) -> Path:
    """Write the list of what browsers load, as each door of this version serves it."""
    file = out / "bundle.txt"
    file.write_text(listing(hashes(tree / "web/citizen/dist")), "utf-8")
    return file


def epoch_of(source: Path, commit: str) -> int:
    """Return when a commit was made, in seconds since 1970."""
    return int(run(["git", "show", "--no-patch", "--format=%ct", commit], cwd=source))


def umask_as_git() -> None:
    """Have files made with the modes that git knows, whatever the shell's mask is: they are in the wheel."""
    os.umask(0o022)
