"""The image is built from all that the wheel has, from bases that can be pinned, and says what it is."""

import re
import tomllib

from infra.release.tools import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_every_package_of_the_house_is_copied_and_let_through() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    copied = set(re.findall(r"^COPY (?:--from=assets /build/)?(\w+) \./\1$", DOCKERFILE, re.M))
    assert set(built["packages"]) <= copied
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    named = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    assert {f"!{name}" for line in named for name in line.split()} <= set(ignored)


def test_it_says_its_version_and_its_commit_and_its_bases_can_be_pinned() -> None:
    for label in ("version", "revision", "title", "source", "base.name"):
        assert f"org.opencontainers.image.{label}=" in DOCKERFILE
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.M)
    assert set(bases) == {"${NODE_IMAGE}", "${PYTHON_IMAGE}"}
