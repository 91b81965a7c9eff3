"""Bills of materials (CycloneDX 1.5): uv and npm write them from the lock files; here they are completed.

uv says nothing of licences, and no lock file of what wheels carry inside; both are added. Times and serial
numbers are those of the commit and of the content, so that the same source gives the same bytes.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from infra.release.bundled import BUNDLED
from infra.release.licences import crates_in_the_image, python_packages
from infra.release.tools import ROOT, node, run_json, uv


def of_python(version: str, epoch: int) -> str:
    """Return what the image has of Python, what wheels carry besides included."""
    command = [uv(), "export", "--frozen", "--no-dev", "--format", "cyclonedx1.5", "--quiet"]
    bill = run_json([*command, "--preview-features", "sbom-export"])
    under = {package.name: package.licence for package in python_packages()}
    for component in bill["components"]:
        if component["name"] in under:
            component["licenses"] = [_licence(under[component["name"]])]
    bill["components"] += [
        {
            "type": "library",
            "bom-ref": f"inside:{wheel}:{name}",
            "name": name,
            "licenses": [_licence(its)],
            "properties": [{"name": "tipline:inside", "value": wheel}],
        }
        for wheel, libraries in sorted(BUNDLED.items())
        for name, its in sorted(libraries.items())
    ]
    bill["components"] += [
        {
            "type": "library",
            "bom-ref": f"inside:{crate.wheel}:{crate.purl}",
            "name": crate.name,
            "version": crate.version,
            "purl": crate.purl,
            "licenses": [_licence(crate.licence)],
            "properties": [{"name": "tipline:inside", "value": crate.wheel}],
        }
        for crate in crates_in_the_image()
    ]
    return _settled(bill, version, epoch)


def of_node(version: str, epoch: int) -> str:
    """Return what the browsers' files are built with and from, and what tests use."""
    command = node("npm", "sbom", "--sbom-format", "cyclonedx", "--package-lock-only")
    return _settled(run_json(command), version, epoch)


def write(out: Path, version: str, epoch: int) -> Sequence[Path]:
    """Write both into `out`."""
    files = []
    for what, bill in (("python", of_python(version, epoch)), ("node", of_node(version, epoch))):
        file = out / f"tipline-{version}-{what}.cdx.json"
        file.write_text(bill, "utf-8")
        files.append(file)
    return files


def _licence(expression: str) -> dict[str, Any]:
    """CycloneDX wants SPDX's names; what has none there is named as a text."""
    if expression in {"public domain", "libtiff"}:
        return {"license": {"name": expression}}
    return {"expression": expression}


def _settled(bill: dict[str, Any], version: str, epoch: int) -> str:
    bill["metadata"]["timestamp"] = datetime.fromtimestamp(epoch, UTC).isoformat()
    bill["metadata"]["component"]["version"] = version
    bill.pop("serialNumber", None)
    # The checkout's directory is no part of what was released.
    text = json.dumps(bill, indent=1, sort_keys=True).replace(str(ROOT), "")
    bill["serialNumber"] = f"urn:uuid:{uuid5(NAMESPACE_URL, text)}"
    return json.dumps(bill, indent=1, sort_keys=True) + "\n"
