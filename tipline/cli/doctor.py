"""`tipline doctor`: looks a running installation over, and says what to do."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import click

from tipline.cli.operator import data_option
from tipline.doctor.examine import examine
from tipline.doctor.finding import Finding
from tipline.doctor.installation import Installation

_MARKS = {"ok": "ok", "warning": "WARNING", "fault": "FAULT"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For scripts: a list of findings.")
@click.option(
    "--backups", type=click.Path(path_type=Path, file_okay=False), default=os.environ.get("TIPLINE_BACKUPS"),
    help="Where `tipline backup` puts them.",
)  # fmt: skip
@data_option
def doctor(as_json: bool, backups: Path | None, data: Path) -> None:
    """Look a running installation over; exit 1 on a fault."""
    found: list[Finding] = []
    for finding in examine(Installation.of(data, backups)):
        found.append(finding)
        if not as_json:
            click.echo(_said(finding))
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=1))
    sys.exit(1 if any(finding.level == "fault" for finding in found) else 0)


def _said(finding: Finding) -> str:
    line = f"{_MARKS[finding.level]:8} {finding.check:13} {finding.says}"
    return f"{line}\n{'':22} -> {finding.do}" if finding.do else line
