"""The suite is tailored to nobody: it runs against the peer as well, and the published table is true."""

import re

from tests.intake.conformance.publish import DOCUMENT, ask
from tests.intake.conformance.servers import LEFT_OUT

_ROW = re.compile(r"\| `(?P<id>[a-z-]+\.[a-z0-9-]+)` \| (?P<sentence>.+) \| (?P<ours>.+) \| (?P<peer>.+) \|")


def test_the_peer_still_answers_as_published() -> None:
    published = [match.groupdict() for match in _ROW.finditer(DOCUMENT.read_text())]
    asked = ask("--tus-peer")
    told = [(row["id"], row["sentence"]) for row in published]
    assert told == [(row.id, row.sentence) for row in asked], "publish docs/conformance.md again"
    found = {row.id: row.answer for row in asked}
    once_passed = [row["id"] for row in published if row["peer"] == "passed"]
    assert [name for name in once_passed if found[name] != "passed"] == []
    not_ours = {row["id"] for row in published if row["ours"] != "passed"}
    assert not_ours == LEFT_OUT
