"""Advisories that were looked at and do no harm here, each with a reason and the day of another look."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from infra.release.advisories import Finding, Heard

LONGEST = timedelta(days=180)
"""Nobody is let past for longer without another look."""


class AllowlistError(Exception):
    """The list says something that cannot be kept to."""


@dataclass(frozen=True)
class Allowed:
    """One advisory of one package, let past until the end of a day."""

    id: str
    package: str
    why: str
    until: date

    def covers(self, finding: Finding) -> bool:
        """Whether this is about that finding, by any name it goes by."""
        return self.package == finding.package and self.id in finding.names


@dataclass(frozen=True)
class Verdict:
    """`faults` make a run red; `remarks` are said aloud and do not."""

    faults: tuple[str, ...]
    remarks: tuple[str, ...]


def read(path: Path, today: date) -> tuple[Allowed, ...]:
    """Read the list. Raises `AllowlistError` on an entry without a reason, or that runs for too long."""
    entries = tuple(_entry(one) for one in tomllib.loads(path.read_text("utf-8")).get("allowed", ()))
    for entry in entries:
        if entry.until - today > LONGEST:
            raise AllowlistError(
                f"{entry.id} is let past until {entry.until}; at most {LONGEST.days} days are."
            )
    return entries


def judge(heard: Sequence[Heard], allowed: Iterable[Allowed], today: date) -> Verdict:
    """Weigh what was found against what is let past, on one day."""
    faults, remarks = [], []
    found = [finding for one in heard for finding in one.findings]
    entries = tuple(allowed)
    for finding in found:
        let = next((entry for entry in entries if entry.covers(finding)), None)
        if let is None:
            faults.append(f"FOUND: {finding}")
        elif let.until >= today:
            remarks.append(f"let past until {let.until}: {finding}: {let.why}")
    # Red also where nobody could be asked: the day was set so that somebody looks again.
    faults += [
        f"EXPIRED on {entry.until}: {entry.id} of {entry.package}: look at it again, or take it out"
        for entry in entries
        if entry.until < today
    ]
    if not any(one.unheard for one in heard):
        remarks += [
            f"no longer found: {entry.id} of {entry.package}; take it out of the list"
            for entry in entries
            if not any(entry.covers(finding) for finding in found)
        ]
    remarks += [
        f"NOT AUDITED: {one.tool}: {one.unheard}. That is no finding, and no all-clear either."
        for one in heard
        if one.unheard
    ]
    return Verdict(tuple(faults), tuple(remarks))


def _entry(one: dict[str, object]) -> Allowed:
    match one:
        case {"id": str(id_), "package": str(package), "why": str(why), "until": date() as until} if (
            why.strip()
        ):
            return Allowed(id_, package, why, until)
    raise AllowlistError(
        f"an entry needs id, package, why (in words) and until (a day, without quotes): {one}"
    )
