"""Where a release comes from: an in-toto statement with a SLSA provenance (slsa.dev/spec/v1.0/provenance).

It is made on the machine of whoever releases, unsigned, and says so: SLSA's build level 1 at most. It lets
anybody repeat the build; it proves nothing about who made it. docs/releasing.md tells how it is signed, and
how the image gets one from its builder.
"""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.release.tools import node, run, uv

_MATERIALS = ("uv.lock", "package-lock.json", "Dockerfile", "web/build.mjs")


def statement(
    tree: Path,
    commit: str,
    version: str,
    subjects: Sequence[Path],
    audited: Mapping[str, str],
    began: datetime,
) -> str:
    """Return the statement about `subjects`; `audited` is what each audit heard."""
    said: dict[str, Any] = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": file.name, "digest": {"sha256": sha256(file)}} for file in subjects],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:tipline:build:make-release:1",
                "externalParameters": {"version": version, "commit": commit},
                "internalParameters": {"command": f"make release VERSION={version}"},
                "resolvedDependencies": [
                    {"uri": f"git+urn:tipline@{commit}", "digest": {"gitCommit": commit}},
                    *(
                        {"uri": f"urn:tipline:source:{name}", "digest": {"sha256": sha256(tree / name)}}
                        for name in _MATERIALS
                    ),
                ],
            },
            "runDetails": {
                "builder": {
                    "id": "urn:tipline:builder:a-machine-of-the-releaser",
                    "version": {
                        "python": platform.python_version(),
                        "uv": run([uv(), "--version"]).split()[1],
                        "node": run(node("node", "--version")).strip().lstrip("v"),
                        "system": f"{platform.system()} {platform.machine()}",
                    },
                },
                "metadata": {
                    "startedOn": began.isoformat(timespec="seconds"),
                    "finishedOn": datetime.now(UTC).isoformat(timespec="seconds"),
                },
                "byproducts": [
                    {"name": "make test", "annotations": {"passed at": commit}},
                    *({"name": tool, "annotations": {"heard": heard}} for tool, heard in audited.items()),
                ],
            },
        },
    }
    return json.dumps(said, indent=1) + "\n"


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
