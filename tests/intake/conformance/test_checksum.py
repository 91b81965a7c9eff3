"""A chunk that is proved by its checksum, or dropped."""

import base64
import hashlib

from tests.intake.conformance.client import Line, Tus, refused
from tests.intake.conformance.rows import row
from tests.intake.tus.client import BYTES

CONTENT = bytes(range(256)) * 8
BROKEN = CONTENT[:-1] + b"?"


def summed(content: bytes, algorithm: str = "sha1") -> dict[str, str]:
    digest = hashlib.new(algorithm, content).digest()
    return {"Upload-Checksum": f"{algorithm} {base64.b64encode(digest).decode()}"}


def algorithms(tus: Tus) -> list[str]:
    return tus.server.discovery["tus-checksum-algorithm"].replace(" ", "").split(",")


@row("checksum.algorithms", "The algorithms are told, sha1 among them.", needs="checksum")
def test_algorithms(tus: Tus) -> None:
    told = algorithms(tus)
    assert "sha1" in told
    assert all(name.isascii() and name == name.lower() for name in told)


@row("checksum.match", "A chunk that matches is taken, by every algorithm that is told.", needs="checksum")
def test_match(tus: Tus) -> None:
    for algorithm in set(algorithms(tus)) & hashlib.algorithms_available:
        url = tus.create(2 * len(CONTENT))
        for offset in (0, len(CONTENT)):
            answer = tus.patch(url, offset, CONTENT, summed(CONTENT, algorithm))
            assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(offset + len(CONTENT)))


@row(
    "checksum.mismatch",
    "A chunk that does not match is refused with 460 and dropped whole.",
    needs="checksum",
)
def test_mismatch(tus: Tus) -> None:
    url = tus.create(len(CONTENT))
    refused(tus.patch(url, 0, BROKEN, summed(CONTENT)), 460)
    assert tus.offset(url) == 0


@row("checksum.again", "A chunk that was dropped for its checksum may come again.", needs="checksum")
def test_again(tus: Tus) -> None:
    url = tus.create(len(CONTENT))
    tus.patch(url, 0, BROKEN, summed(CONTENT))
    assert tus.patch(url, 0, CONTENT, summed(CONTENT)).status_code == 204


@row("checksum.not-base64", "A checksum that can be none is refused with 400 or 460.", needs="checksum")
def test_not_base64(tus: Tus) -> None:
    for text in ("sha1 ???", "sha1", "sha1 YWJj"):
        url = tus.create(3)
        refused(tus.patch(url, 0, b"abc", {"Upload-Checksum": text}), 400, 460)
        assert tus.offset(url) == 0


@row("checksum.unknown-algorithm", "An algorithm that was not told is refused with 400.", needs="checksum")
def test_unknown_algorithm(tus: Tus) -> None:
    url = tus.create(3)
    refused(tus.patch(url, 0, b"abc", {"Upload-Checksum": "rot13 YWJj"}), 400)
    assert tus.offset(url) == 0


@row(
    "checksum.disconnect", "A chunk that breaks off is dropped whole: it cannot be proved.", needs="checksum"
)
def test_disconnect(tus: Tus) -> None:
    url = tus.create(len(CONTENT))
    with Line.patching(url, 0, len(CONTENT), summed(CONTENT)) as line:
        line.send(CONTENT[:1000])
        line.finish()
    assert tus.offset(url) == 0


@row(
    "checksum.past-length",
    "A proved chunk that goes past the length is refused all the same.",
    needs="checksum",
)
def test_past_length(tus: Tus) -> None:
    url = tus.create(10)
    refused(tus.patch(url, 0, CONTENT, summed(CONTENT)))
    assert tus.offset(url) == 0


@row(
    "checksum.with-upload",
    "First bytes that come with the creation are proved by their checksum too.",
    needs="checksum creation-with-upload",
)
def test_with_the_creation(tus: Tus) -> None:
    size = {"Upload-Length": str(len(CONTENT)), **BYTES}
    refused(tus.post({**size, **summed(BROKEN)}, CONTENT), 460)
    assert tus.offset(tus.address(tus.post({**size, **summed(CONTENT)}, CONTENT))) == len(CONTENT)


@row("checksum.trailer", "The checksum may come in a trailer, after the body.", needs="checksum-trailer")
def test_trailer(tus: Tus) -> None:
    said = {**BYTES, "Upload-Offset": "0", "Transfer-Encoding": "chunked", "Trailer": "Upload-Checksum"}
    for sent, expected in ((CONTENT, 204), (BROKEN, 460)):
        with Line("PATCH", tus.create(len(CONTENT)), said) as line:
            trailer = f"Upload-Checksum: {summed(CONTENT)['Upload-Checksum']}"
            line.send(b"%x\r\n%b\r\n0\r\n%b\r\n\r\n" % (len(sent), sent, trailer.encode()))
            assert line.status() == expected
