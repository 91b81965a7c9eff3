"""A length that is not known yet, and is said once."""

from tests.intake.conformance.client import Tus, refused
from tests.intake.conformance.rows import NotAsked, row
from tests.intake.conformance.test_create import AFFORDABLE, most

NEEDS = "creation creation-defer-length"


def declare(tus: Tus, url: str, offset: int, length: int, content: bytes = b"") -> int:
    return tus.patch(url, offset, content, {"Upload-Length": str(length)}).status_code


@row("defer.not-one", "Upload-Defer-Length can only be 1: anything else is refused with 400.", needs=NEEDS)
def test_not_one(tus: Tus) -> None:
    for text in ("2", "0", "true", ""):
        refused(tus.post({"Upload-Defer-Length": text}), 400)


@row("defer.both", "A length both known and deferred is refused with 400.", needs=NEEDS)
def test_both(tus: Tus) -> None:
    refused(tus.post({"Upload-Defer-Length": "1", "Upload-Length": "3"}), 400)


@row("defer.head", "HEAD says Upload-Defer-Length: 1, and no length, until it is known.", needs=NEEDS)
def test_head(tus: Tus) -> None:
    url = tus.create(None)
    told = tus.head(url).headers
    assert (told["upload-defer-length"], told.get("upload-length")) == ("1", None)
    assert declare(tus, url, 0, 9, b"abc") == 204
    told = tus.head(url).headers
    assert (told.get("upload-defer-length"), told["upload-length"]) == (None, "9")


@row("defer.with-the-first-chunk", "The length may come with the first chunk.", needs=NEEDS)
def test_with_the_first_chunk(tus: Tus) -> None:
    url = tus.create(None)
    assert declare(tus, url, 0, 6, b"abc") == 204
    assert tus.patch(url, 3, b"def").headers["upload-offset"] == "6"


@row("defer.with-the-last-chunk", "The length may come with the last chunk.", needs=NEEDS)
def test_with_the_last_chunk(tus: Tus) -> None:
    url = tus.create(None)
    assert tus.patch(url, 0, b"abc").status_code == 204
    assert declare(tus, url, 3, 6, b"def") == 204
    assert tus.head(url).headers["upload-length"] == "6"


@row("defer.with-no-chunk", "The length may come with an empty PATCH, when all is there.", needs=NEEDS)
def test_with_an_empty_chunk(tus: Tus) -> None:
    url = tus.create(None)
    tus.patch(url, 0, b"abc")
    assert declare(tus, url, 3, 3) == 204
    told = tus.head(url).headers
    assert (told["upload-offset"], told["upload-length"]) == ("3", "3")


@row("defer.immutable", "Once said, the length cannot change.", needs=NEEDS)
def test_immutable(tus: Tus) -> None:
    url = tus.create(None)
    assert declare(tus, url, 0, 9, b"abc") == 204
    assert declare(tus, url, 3, 10) in range(400, 500)
    assert tus.head(url).headers["upload-length"] == "9"


@row("defer.below-offset", "A length below what is there already is refused.", needs=NEEDS)
def test_below_the_offset(tus: Tus) -> None:
    url = tus.create(None)
    tus.patch(url, 0, b"abc")
    assert declare(tus, url, 3, 2) in range(400, 500)
    assert tus.offset(url) == 3


@row("defer.over-max", "A length over Tus-Max-Size is refused with 413, though it comes later.", needs=NEEDS)
def test_over_max(tus: Tus) -> None:
    url = tus.create(None)
    assert declare(tus, url, 0, most(tus.server) + 1) == 413
    assert tus.offset(url) == 0


@row("defer.bytes-over-max", "Bytes over Tus-Max-Size are refused, though no length was said.", needs=NEEDS)
def test_bytes_over_max(tus: Tus) -> None:
    if most(tus.server) > AFFORDABLE:
        raise NotAsked("would have to send over 64 MB")
    url = tus.create(None)
    refused(tus.patch(url, 0, bytes(most(tus.server) + 1)), 413)
    assert tus.offset(url) <= most(tus.server)
