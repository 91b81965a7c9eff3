"""`python -m infra.release raise VERSION`, and `... make VERSION [--unaudited WHY]`: docs/releasing.md."""

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from infra.release import allowlist, build, checks, sbom, statement
from infra.release.advisories import ask_npm_audit, ask_pip_audit
from infra.release.audit import ALLOWLIST
from infra.release.tools import ROOT, ToolFailed


def main() -> None:
    """Do what was asked, or say why not."""
    parser = argparse.ArgumentParser(prog="python -m infra.release", description=__doc__)
    parser.add_argument("verb", choices=["raise", "make"])
    parser.add_argument("version")
    parser.add_argument("--unaudited", metavar="WHY", help="go on where the advisories could not be asked")
    asked = parser.parse_args()
    try:
        if asked.verb == "raise":
            checks.raise_to(ROOT, asked.version, datetime.now(UTC).date())
        else:
            make(ROOT, asked.version, ROOT / "dist", asked.unaudited or "")
    except (checks.NotReady, ToolFailed, allowlist.AllowlistError) as fault:
        sys.exit(f"release: {fault}")


def make(source: Path, version: str, dist: Path, unaudited: str) -> Path:
    """Check, audit, build and write everything down; return where. Raises `NotReady`, `ToolFailed`."""
    began = datetime.now(UTC)
    commit = checks.check(source, version)
    audited = _audit(unaudited)
    out = dist / f"tipline-{version}"
    out.mkdir(parents=True)
    made = assemble(source, commit, version, out)
    with tempfile.TemporaryDirectory() as room:
        tree = build.unpack(made[0], Path(room))
        told = statement.statement(tree, commit, version, made, audited, began)
    provenance = out / f"tipline-{version}.intoto.json"
    provenance.write_text(told, "utf-8")
    sums = "".join(f"{statement.sha256(file)}  {file.name}\n" for file in sorted((*made, provenance)))
    (out / "SHA256SUMS").write_text(sums, "utf-8")
    print(f"{out}\n{sums}Now follow docs/releasing.md: sign, tag, image.")
    return out


def assemble(source: Path, commit: str, version: str, out: Path) -> list[Path]:
    """Build everything that is the same whoever builds it; the source archive comes first."""
    build.umask_as_git()
    epoch = build.epoch_of(source, commit)
    archive = build.source_archive(source, commit, version, out)
    with tempfile.TemporaryDirectory() as room:
        tree = build.unpack(archive, Path(room))
        wheel = build.wheel(tree, epoch, out)
        return [archive, wheel, build.bundle_list(tree, out), *sbom.write(out, version, epoch)]


def _audit(unaudited: str) -> dict[str, str]:
    today = datetime.now(UTC).date()
    heard = [ask_pip_audit(), ask_npm_audit()]
    verdict = allowlist.judge(heard, allowlist.read(ALLOWLIST, today), today)
    if verdict.faults:
        raise checks.NotReady("\n".join(verdict.faults))
    silent = [f"{one.tool}: {one.unheard}" for one in heard if one.unheard]
    if silent and not unaudited:
        raise checks.NotReady(
            "\n".join([*silent, 'say why that is bearable: make release ... UNAUDITED="why"'])
        )
    return {
        one.tool: f"nobody: {one.unheard}; {unaudited}" if one.unheard else "nothing against any package"
        for one in heard
    }


if __name__ == "__main__":
    main()
