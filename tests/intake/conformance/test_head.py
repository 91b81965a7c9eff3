"""HEAD: where an upload stands."""

from tests.intake.conformance.client import Tus, refused
from tests.intake.conformance.rows import row


@row("head.offset", "HEAD tells the offset, 0 included, and the length.")
def test_offset(tus: Tus) -> None:
    url = tus.create(10)
    told = tus.head(url).headers
    assert (told["upload-offset"], told["upload-length"]) == ("0", "10")
    tus.patch(url, 0, b"abc")
    assert tus.offset(url) == 3


@row("head.finished", "HEAD tells offset and length of a finished upload too.")
def test_finished(tus: Tus) -> None:
    url = tus.create(3)
    tus.patch(url, 0, b"abc")
    told = tus.head(url).headers
    assert (told["upload-offset"], told["upload-length"]) == ("3", "3")


@row("head.no-store", "The answer to HEAD is never cached: Cache-Control has no-store.")
def test_no_store(tus: Tus) -> None:
    assert "no-store" in tus.head(tus.create()).headers["cache-control"]


@row("head.unknown", "HEAD of an upload that is not there says 404, 410 or 403, and no offset.")
def test_unknown(tus: Tus) -> None:
    answer = tus.head(f"{tus.server.endpoint}unknown")
    refused(answer, 404, 410, 403)
    assert "upload-offset" not in answer.headers


@row("head.no-metadata", "HEAD of an upload without metadata has no Upload-Metadata.")
def test_no_metadata(tus: Tus) -> None:
    assert "upload-metadata" not in tus.head(tus.create()).headers
