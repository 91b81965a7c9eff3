"""`python -m infra.release.licences [--write]`: the tables of docs/licences.md, from the lock files.

Of Python packages the lock file has names and versions; what they are licensed under is asked of their
installed metadata. Of Node packages the lock file says it. What wheels carry besides their own code
(`NAME.libs`) no lock file says: `BUNDLED` does, and a library that is not in it is a fault. Of Rust in them
the wheels tell.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution, metadata

from packaging.requirements import Requirement

from infra.release.bundled import BUNDLED
from infra.release.crates import Crate, crates_in
from infra.release.tools import ROOT, run, uv

DOCUMENT = ROOT / "docs/licences.md"
BEGIN, END = "<!-- made by infra.release.licences: begin -->", "<!-- end -->"

# Whoever hands on what holds these has to name them and to pass their text on, no more.
PERMISSIVE = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause",
    "BSD-Attribution-HPND-disclaimer", "BlueOak-1.0.0", "CC0-1.0", "FTL", "IJG", "ISC", "MIT", "MIT-0",
    "MIT-CMU", "OLDAP-2.8", "PSF-2.0", "PostgreSQL", "Unicode-3.0", "Unicode-DFS-2016", "libpng-2.0",
    "libtiff", "public domain",
}  # fmt: skip
# Their own source, changes included, has to be offered along with them; they may be replaced.
WEAK = {"LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0"}
# All that is linked with them as well: docs/licences.md says what follows.
STRONG = {"GPL-2.0-or-later", "GPL-3.0-or-later"}

# How packages say it, where they do not use SPDX's names.
_SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "BSD-0-Clause": "0BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Public Domain": "public domain",
    "Python Software Foundation License": "PSF-2.0",
}
# Those that say it nowhere or wrongly: looked up by a person, who says where.
_LOOKED_UP = {
    "pyrage": "MIT",  # its LICENSE; the crates in it are told in its wheel's own bill of materials
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",  # its LICENSE: by the year of a change
    "uvloop": "MIT OR Apache-2.0",  # both texts are in its wheel
    "@uswds/uswds": "CC0-1.0 AND Apache-2.0 AND MIT",  # its LICENSE.md, of the parts that we compile
}
_UNSTATED = "none stated"
# Packages that say nothing at all, each with what is known. docs/licences.md tells what to do about them.
UNSTATED = {"combine-errors"}


class LicenceFault(Exception):
    """A package's licence is not known, or not one that we allow."""


@dataclass(frozen=True, order=True)
class Package:
    """One package; `licence` is an expression in SPDX's names."""

    name: str
    licence: str


def python_packages() -> list[Package]:
    """Return what the product's image has of Python. Raises `LicenceFault`."""
    told = run([uv(), "export", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes", "--quiet"])
    lines = (line.strip() for line in told.splitlines() if line and not line.startswith((" ", "#")))
    wanted = {one.name for one in map(Requirement, lines) if one.marker is None or one.marker.evaluate()}
    return sorted(Package(name, _of_python(name)) for name in wanted)


def node_packages() -> list[Package]:
    """Return what builds and tests use of Node, without the builds for other machines."""
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    named = {
        path.rpartition("node_modules/")[2]: one.get("license", "")
        for path, one in lock.items()
        if path and not one.get("os")
    }
    return sorted(Package(name, _spelled(name, said)) for name, said in named.items())


def bundled_libraries() -> Iterator[tuple[str, str]]:
    """Yield wheel and library for each shared library that came inside the wheels of this environment."""
    for package in python_packages():
        files = distribution(package.name).files or ()
        for file in files:
            if ".libs" in file.parts[0] and ".so" in file.name:
                yield package.name, re.split(r"-[0-9a-f]{8}\b|\.so", file.name)[0]


def crates_in_the_image() -> list[Crate]:
    """Return what is linked into the image's wheels of Rust."""
    return crates_in(package.name for package in python_packages())


def faults() -> list[str]:
    """Return a sentence for each licence that is not allowed, or not known."""
    said = [
        f"{package.name} is under {package.licence}, which is not on the list"
        for package in (*python_packages(), *node_packages())
        if not allowed(package.licence) and package.name not in UNSTATED
    ]
    said += [
        f"the wheel of {wheel} brings {library} under {licence}, which is not on the list"
        for wheel, libraries in BUNDLED.items()
        for library, licence in libraries.items()
        if not allowed(licence) and licence not in STRONG
    ]
    said += [
        f"the wheel of {crate.wheel} holds {crate.name} under {crate.licence}, which is not on the list"
        for crate in crates_in_the_image()
        if not allowed(crate.licence)
    ]
    known = {(wheel, library) for wheel, libraries in BUNDLED.items() for library in libraries}
    return said + [
        f"the wheel of {wheel} brings {library}, of which infra/release/bundled.py says nothing"
        for wheel, library in sorted(set(bundled_libraries()) - known)
    ]


def allowed(licence: str) -> bool:
    """Whether an expression can be kept to: of alternatives one has to be allowed, of a sum each."""
    free = PERMISSIVE | WEAK
    return all(
        any(one.strip("() ") in free for one in part.split(" OR ")) for part in re.split(r" AND ", licence)
    )


def tables() -> str:
    """Return what stands between the marks of docs/licences.md."""
    python, node = python_packages(), node_packages()
    lines = ["### In the image: Python packages", "", "| licence | packages |", "|---|---|"]
    lines += [
        f"| {licence} | {', '.join(p.name for p in python if p.licence == licence)} |"
        for licence in sorted({package.licence for package in python})
    ]
    lines += ["", "### In the image: what wheels carry besides", ""]
    lines += ["| wheel | carries | under |", "|---|---|---|"]
    for wheel, libraries in sorted(BUNDLED.items()):
        for licence in sorted(set(libraries.values())):
            carried = ", ".join(sorted(name for name, its in libraries.items() if its == licence))
            lines.append(
                f"| {wheel} | {carried} | {'**' + licence + '**' if licence in STRONG else licence} |"
            )
    lines += [
        "",
        "### In the image: Rust that is linked into wheels",
        "",
        "| wheel | crates | under |",
        "|---|---|---|",
    ]
    held = Counter((crate.wheel, crate.licence) for crate in crates_in_the_image())
    lines += [f"| {wheel} | {count} | {licence} |" for (wheel, licence), count in sorted(held.items())]
    lines += ["", "### Not in the image: Node packages, for building and testing", ""]
    lines += ["| licence | packages |", "|---|---|"]
    for licence, count in sorted(Counter(package.licence for package in node).items()):
        lines.append(f"| {licence} | {count} |")
    return "\n".join(lines)


def main() -> None:
    """Write the tables, or say whether they are current."""
    found = faults()
    if found:
        sys.exit("\n".join(f"licences: {fault}" for fault in found))
    text = DOCUMENT.read_text("utf-8")
    current = with_tables(text)
    if "--write" in sys.argv[1:]:
        DOCUMENT.write_text(current, "utf-8")
    elif text != current:
        sys.exit("licences: docs/licences.md is behind; `python -m infra.release.licences --write`")


def with_tables(text: str) -> str:
    """Return the document with the tables as they are now."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{rest.partition(END)[2]}"


def _of_python(name: str) -> str:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        raise LicenceFault(f"{name} is not installed here; `bootstrap/prepare dev`") from None
    expression = (told.get_all("License-Expression") or [""])[0]
    short = (told.get_all("License") or [""])[0].partition("\n")[0].strip()
    classes = [
        one.rpartition("::")[2].strip()
        for one in told.get_all("Classifier") or ()
        if one.startswith("License ::") and not one.endswith("OSI Approved")
    ]
    return _spelled(name, expression or short or " OR ".join(classes))


def _spelled(name: str, said: str) -> str:
    if name in _LOOKED_UP:
        return _LOOKED_UP[name]
    return _SPDX.get(said, said) or _UNSTATED


if __name__ == "__main__":
    main()
