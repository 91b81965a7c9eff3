"""Known faults are red, unless somebody looked and wrote down why, and until when. Silence is no all-clear.

Both real tools run here, over the real lock files; what answers them on loopback speaks as the services of
OSV and of npm's registry were seen to.
"""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from infra.release.advisories import Finding, Heard, ask_npm_audit, ask_pip_audit
from infra.release.allowlist import AllowlistError, judge, read
from infra.release.audit import ALLOWLIST

TODAY = date(2026, 11, 26)

# As OSV told of jinja2 2.11.2 (what matters of it), under the name of a package that we have.
OSV_TELLS = {
    "id": "PYSEC-2021-66",
    "aliases": ["CVE-2020-28493", "GHSA-g3rq-g295-4j3m"],
    "summary": "ReDoS in urlize",
    "affected": [
        {
            "package": {"name": "jinja2", "ecosystem": "PyPI", "purl": "pkg:pypi/jinja2"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}],
        }
    ],
    "modified": "2021-03-22T16:34:00Z",
    "published": "2021-02-01T20:15:00Z",
}
# As npm's registry told of esbuild 0.24.2, with a range that holds ours.
NPM_TELLS = {
    "id": 1102341,
    "url": "https://github.com/advisories/GHSA-67mh-4wv8-2f99",
    "title": "esbuild enables any website to send any requests to the development server",
    "severity": "moderate",
    "vulnerable_versions": "<=99.0.0",
    "cwe": ["CWE-346"],
    "cvss": {"score": 5.3, "vectorString": "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:N/A:N"},
}


class Advisories(BaseHTTPRequestHandler):
    """Answers both tools; `knows` is set on the server."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        asked = json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        if self.path == "/v1/query":
            known = self.server.knows and asked["package"]["name"] == "jinja2"  # type: ignore[attr-defined]
            self._answer(200, {"vulns": [OSV_TELLS]} if known else {})
        elif "esbuild" in asked and self.server.knows:  # type: ignore[attr-defined]
            self._answer(200, {"esbuild": [NPM_TELLS]})
        else:
            self._answer(200, {})

    def do_GET(self) -> None:
        self._answer(404, {"error": "Not found"})

    def _answer(self, status: int, body: Any) -> None:
        written = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name)
        """Say nothing."""


@pytest.fixture(scope="module")
def service() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Advisories) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask_both(service: ThreadingHTTPServer, tmp_path: Path) -> list[Heard]:
    at = f"http://127.0.0.1:{service.server_address[1]}"
    cache = str(tmp_path / "cache")
    return [
        ask_pip_audit(
            ["--vulnerability-service", "osv", "--osv-url", f"{at}/v1/query", "--cache-dir", cache]
        ),
        ask_npm_audit(["--registry", at, "--cache", cache]),
    ]


def test_what_is_found_is_red_until_somebody_says_why(service: ThreadingHTTPServer, tmp_path: Path) -> None:
    service.knows = True  # type: ignore[attr-defined]
    heard = ask_both(service, tmp_path)
    assert [one.unheard for one in heard] == ["", ""]
    found = judge(heard, [], TODAY).faults
    assert len(found) == 2
    assert [line.split()[1] for line in found] == ["jinja2", "esbuild"]
    assert "CVE-2020-28493" in found[0]
    assert "GHSA-67mh-4wv8-2f99" in found[1]

    listed = tmp_path / "allowlist.toml"
    listed.write_text(
        '[[allowed]]\nid = "GHSA-g3rq-g295-4j3m"\npackage = "jinja2"\nwhy = "urlize is not used"\n'
        "until = 2026-12-01\n"
        '[[allowed]]\nid = "GHSA-67mh-4wv8-2f99"\npackage = "esbuild"\nwhy = "its server never runs"\n'
        "until = 2026-11-26\n"
    )
    allowed = read(listed, TODAY)
    assert judge(heard, allowed, TODAY).faults == ()
    # The day after the last, one of them is red again, and says that its time is over.
    tomorrow = judge(heard, allowed, date(2026, 11, 27)).faults
    assert len(tomorrow) == 1
    assert tomorrow[0].startswith("EXPIRED on 2026-11-26: GHSA-67mh-4wv8-2f99 of esbuild")


def test_nothing_known_is_told_as_such(service: ThreadingHTTPServer, tmp_path: Path) -> None:
    service.knows = False  # type: ignore[attr-defined]
    heard = ask_both(service, tmp_path)
    assert judge(heard, [], TODAY) == judge([], [], TODAY)


def test_a_service_that_cannot_be_reached_is_said_aloud_and_is_no_finding() -> None:
    nowhere = "http://127.0.0.1:9"  # discard: nobody listens
    heard = [
        ask_pip_audit(["--vulnerability-service", "osv", "--osv-url", nowhere]),
        ask_npm_audit(["--registry", nowhere]),
    ]
    verdict = judge(heard, [], TODAY)
    assert verdict.faults == ()
    assert [line.split(":")[:2] for line in verdict.remarks] == [
        ["NOT AUDITED", " pip-audit"],
        ["NOT AUDITED", " npm audit"],
    ]


def test_an_entry_that_is_over_is_red_also_where_nobody_could_be_asked(tmp_path: Path) -> None:
    listed = tmp_path / "allowlist.toml"
    listed.write_text('[[allowed]]\nid = "CVE-1"\npackage = "a"\nwhy = "not used"\nuntil = 2026-11-25\n')
    silence = [Heard("pip-audit", (), "no network"), Heard("npm audit", (), "no network")]
    assert len(judge(silence, read(listed, TODAY), TODAY).faults) == 1


def test_an_entry_lets_no_other_package_past_and_is_told_when_it_is_of_no_use(tmp_path: Path) -> None:
    listed = tmp_path / "allowlist.toml"
    listed.write_text('[[allowed]]\nid = "CVE-1"\npackage = "a"\nwhy = "not used"\nuntil = 2026-12-01\n')
    heard = [Heard("npm audit", (Finding("b", "1", ("CVE-1",), ""),), "")]
    verdict = judge(heard, read(listed, TODAY), TODAY)
    assert len(verdict.faults) == 1
    assert "no longer found: CVE-1 of a" in verdict.remarks[0]


@pytest.mark.parametrize(
    "entry",
    [
        'id = "CVE-1"\npackage = "a"\nuntil = 2026-12-01',
        'id = "CVE-1"\npackage = "a"\nwhy = " "\nuntil = 2026-12-01',
        'id = "CVE-1"\npackage = "a"\nwhy = "soon"\nuntil = "2026-12-01"',
        'id = "CVE-1"\npackage = "a"\nwhy = "for ever"\nuntil = 2099-12-31',
    ],
)
def test_an_entry_says_why_and_until_when(entry: str, tmp_path: Path) -> None:
    listed = tmp_path / "allowlist.toml"
    listed.write_text(f"[[allowed]]\n{entry}\n")
    with pytest.raises(AllowlistError):
        read(listed, TODAY)


def test_the_list_that_is_in_force_can_be_read() -> None:
    read(ALLOWLIST, datetime.now(UTC).date())
