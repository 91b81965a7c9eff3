"""What a server tells before anything is sent: its version and extensions, and what pages may do."""

from tests.intake.conformance.client import Tus, refused
from tests.intake.conformance.rows import NotOffered, row
from tests.intake.tus.client import BYTES, TUS

KNOWN = {
    "creation", "creation-with-upload", "creation-defer-length", "expiration", "checksum", "checksum-trailer",
    "termination", "concatenation", "concatenation-unfinished",
}  # fmt: skip
REST_ON = {
    "creation-with-upload": "creation",
    "creation-defer-length": "creation",
    "checksum-trailer": "checksum",
    "concatenation-unfinished": "concatenation",
}
ORIGIN = {"Origin": "https://elsewhere.example"}


def listed(header: str) -> set[str]:
    return {name.strip().lower() for name in header.split(",")}


@row("options.discovery", "OPTIONS is answered 200 or 204 with Tus-Version, which has 1.0.0 in it.")
def test_discovery(tus: Tus) -> None:
    answer = tus.request("OPTIONS", tus.server.endpoint, {})
    assert answer.status_code in (200, 204)
    assert "1.0.0" in listed(answer.headers["tus-version"])


@row("options.version-ignored", "OPTIONS is answered whatever Tus-Resumable it comes with.")
def test_discovery_ignores_the_version(tus: Tus) -> None:
    answer = tus.request("OPTIONS", tus.server.endpoint, {"Tus-Resumable": "0.2.2"})
    assert answer.status_code in (200, 204)


@row("options.max-size", "Tus-Max-Size, where it is told, is a whole number of bytes.")
def test_max_size(tus: Tus) -> None:
    told = tus.server.discovery.get("tus-max-size")
    if told is None:
        raise NotOffered("no Tus-Max-Size")
    assert told.isdigit()


@row(
    "options.extensions", "Tus-Extension names extensions of tus 1.0 alone, none without the one it rests on."
)
def test_extensions(tus: Tus) -> None:
    announced = set(tus.server.extensions)
    assert announced <= KNOWN
    assert {REST_ON[name] for name in announced if name in REST_ON} <= announced


@row("options.no-more-than-announced", "What is not announced is refused, not half done.")
def test_no_more_than_announced(tus: Tus) -> None:
    announced = tus.server.extensions
    if "concatenation" not in announced:
        assert not tus.post({"Upload-Length": "3", "Upload-Concat": "partial"}).is_success
    if "creation-defer-length" not in announced:
        assert not tus.post({"Upload-Defer-Length": "1"}).is_success
    if "termination" not in announced:
        url = tus.create()
        assert not tus.delete(url).is_success
        assert tus.offset(url) == 0


@row("options.wrong-version", "Another Tus-Resumable is refused with 412 and Tus-Version.")
def test_another_version(tus: Tus) -> None:
    answer = tus.post({"Upload-Length": "3", "Tus-Resumable": "0.2.2"})
    assert answer.status_code == 412
    assert "1.0.0" in listed(answer.headers["tus-version"])


@row("options.no-version", "A request without Tus-Resumable is refused.")
def test_no_version(tus: Tus) -> None:
    refused(tus.request("POST", tus.server.endpoint, {"Upload-Length": "3"}), 412, 400)


@row("options.wrong-version-writes-nothing", "A PATCH of another version changes nothing.")
def test_another_version_writes_nothing(tus: Tus) -> None:
    url = tus.create()
    refused(tus.patch(url, 0, b"abc", {"Tus-Resumable": "0.2.2"}))
    assert tus.offset(url) == 0


@row("options.resumable-everywhere", "Every answer but that to OPTIONS has Tus-Resumable, refusals as well.")
def test_every_answer_tells_the_version(tus: Tus) -> None:
    url = tus.create()
    answers = (
        tus.post({"Upload-Length": "3"}),
        tus.post({"Upload-Length": "-3"}),
        tus.head(url),
        tus.head(f"{url}-unknown"),
        tus.patch(url, 3, b"abc"),
        tus.patch(url, 0, b"abc"),
    )
    assert [answer.headers.get("tus-resumable") for answer in answers] == ["1.0.0"] * len(answers)


@row("options.unknown-method", "A method that tus does not know is refused.")
def test_unknown_method(tus: Tus) -> None:
    refused(tus.request("PUT", tus.create(), TUS, b"abc"))


@row("override.patch", "A POST whose X-HTTP-Method-Override is PATCH is a PATCH.")
def test_override_by_patch(tus: Tus) -> None:
    url = tus.create()
    said = {**TUS, **BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    answer = tus.request("POST", url, said, b"abc")
    assert (answer.status_code, answer.headers.get("upload-offset")) == (204, "3")


@row("override.head", "A POST whose X-HTTP-Method-Override is HEAD is a HEAD.")
def test_override_by_head(tus: Tus) -> None:
    answer = tus.request("POST", tus.create(), {**TUS, "X-HTTP-Method-Override": "HEAD"})
    assert answer.is_success
    assert answer.headers["upload-offset"] == "0"


@row("override.delete", "A POST whose X-HTTP-Method-Override is DELETE is a DELETE.", needs="termination")
def test_override_by_delete(tus: Tus) -> None:
    url = tus.create()
    assert tus.request("POST", url, {**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 204
    refused(tus.head(url), 404, 410)


@row("override.any-method", "Whatever the request's own method: a PUT overridden by PATCH is a PATCH.")
def test_override_of_put(tus: Tus) -> None:
    url = tus.create()
    said = {**TUS, **BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert tus.request("PUT", url, said, b"abc").status_code == 204


@row("cors.preflight", "A browser's preflight is told that a page of another origin may do all of tus.")
def test_preflight(tus: Tus) -> None:
    asked = {**ORIGIN, "Access-Control-Request-Method": "PATCH"}
    answer = tus.request("OPTIONS", tus.server.endpoint, asked)
    assert answer.headers["access-control-allow-origin"] in ("*", ORIGIN["Origin"])
    assert {"post", "head", "patch", "delete"} <= listed(answer.headers["access-control-allow-methods"])
    needed = {"tus-resumable", "upload-length", "upload-offset", "upload-metadata", "content-type"}
    assert needed <= listed(answer.headers["access-control-allow-headers"])


@row("cors.checksum", "A browser's preflight allows Upload-Checksum.", needs="checksum")
def test_preflight_of_checksums(tus: Tus) -> None:
    answer = tus.request("OPTIONS", tus.server.endpoint, ORIGIN)
    assert "upload-checksum" in listed(answer.headers["access-control-allow-headers"])


@row("cors.answers", "A page of another origin may read the headers that tus answers with.")
def test_answers_are_readable(tus: Tus) -> None:
    answer = tus.post({"Upload-Length": "3", **ORIGIN})
    assert answer.headers["access-control-allow-origin"] in ("*", ORIGIN["Origin"])
    readable = listed(answer.headers["access-control-expose-headers"])
    assert {"location", "upload-offset", "upload-length", "tus-resumable"} <= readable


@row("cors.expires", "A page of another origin may read Upload-Expires.", needs="expiration")
def test_the_expiry_is_readable(tus: Tus) -> None:
    answer = tus.post({"Upload-Length": "3", **ORIGIN})
    assert "upload-expires" in listed(answer.headers["access-control-expose-headers"])


@row("cors.refusals", "A page of another origin can read refusals too.")
def test_refusals_are_readable(tus: Tus) -> None:
    answers = (tus.post({"Upload-Length": "-3", **ORIGIN}), tus.patch(tus.create(), 3, b"abc", ORIGIN))
    for answer in answers:
        refused(answer)
        assert answer.headers["access-control-allow-origin"] in ("*", ORIGIN["Origin"])
