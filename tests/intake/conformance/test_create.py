"""POST: an upload comes to be, with what was said about it."""

from urllib.parse import urlsplit

from tests.intake.conformance.client import Tus, metadata, pairs_of, refused
from tests.intake.conformance.rows import NotOffered, row
from tests.intake.conformance.servers import Server

EVIL = "evil.example"
# More than so many bytes no row sends.
AFFORDABLE = 64_000_000


def most(server: Server) -> int:
    if server.max_size is None:
        raise NotOffered("no Tus-Max-Size")
    return server.max_size


@row("create.location", "A creation is answered 201 with the Location of an empty upload.", needs="creation")
def test_location(tus: Tus) -> None:
    assert tus.offset(tus.create(10)) == 0


@row("create.own", "Each creation is an upload of its own.", needs="creation")
def test_each_is_its_own(tus: Tus) -> None:
    one, other = tus.create(), tus.create()
    tus.patch(one, 0, b"abc")
    assert (one != other, tus.offset(one), tus.offset(other)) == (True, 3, 0)


@row(
    "create.length-missing", "Without a length, known or deferred, it is refused with 400.", needs="creation"
)
def test_length_missing(tus: Tus) -> None:
    refused(tus.post({}), 400)


@row("create.length-negative", "A negative length is refused with 400.", needs="creation")
def test_length_negative(tus: Tus) -> None:
    refused(tus.post({"Upload-Length": "-5"}), 400)


@row("create.length-no-number", "A length that is no number is refused with 400.", needs="creation")
def test_length_no_number(tus: Tus) -> None:
    for text in ("many", "1.5", "0x10", "1e3", "5 5", ""):
        refused(tus.post({"Upload-Length": text}), 400)


@row("create.length-zero", "An empty file is whole once it is created.", needs="creation")
def test_length_zero(tus: Tus) -> None:
    told = tus.head(tus.create(0)).headers
    assert (told["upload-offset"], told["upload-length"]) == ("0", "0")


@row("create.length-over-max", "A length over Tus-Max-Size is refused with 413.", needs="creation")
def test_length_over_max(tus: Tus) -> None:
    refused(tus.post({"Upload-Length": str(most(tus.server) + 1)}), 413)


@row("create.length-at-max", "A length of just Tus-Max-Size is accepted.", needs="creation")
def test_length_at_max(tus: Tus) -> None:
    tus.create(most(tus.server))


@row(
    "create.length-absurd",
    "A length that no integer type holds is refused, and is no fault.",
    needs="creation",
)
def test_length_absurd(tus: Tus) -> None:
    refused(tus.post({"Upload-Length": "9" * 30}), 400, 413)


@row("create.metadata", "Metadata comes back on HEAD, value by value.", needs="creation")
def test_metadata(tus: Tus) -> None:
    said = {"filename": "street é.mp4".encode(), "filetype": b"video/mp4"}
    told = tus.head(tus.create(Upload_Metadata=metadata(**said))).headers
    assert pairs_of(told["upload-metadata"]) == said


@row(
    "create.metadata-binary",
    "Metadata values that are no text come back on HEAD byte by byte.",
    needs="creation",
)
def test_binary_metadata(tus: Tus) -> None:
    said = {"raw": bytes(range(256))}
    told = tus.head(tus.create(Upload_Metadata=metadata(**said))).headers
    assert pairs_of(told["upload-metadata"]) == said


@row("create.metadata-no-value", "A key may stand without a value.", needs="creation")
def test_metadata_without_a_value(tus: Tus) -> None:
    told = tus.head(tus.create(Upload_Metadata="is_confidential,filename YQ==")).headers
    assert pairs_of(told["upload-metadata"]) == {"is_confidential": b"", "filename": b"a"}


@row("create.metadata-not-base64", "A value that is not base64 is refused with 400.", needs="creation")
def test_metadata_not_base64(tus: Tus) -> None:
    refused(tus.post({"Upload-Length": "3", "Upload-Metadata": "filename ???"}), 400)


@row("create.metadata-key-twice", "A key that is there twice is refused with 400.", needs="creation")
def test_metadata_key_twice(tus: Tus) -> None:
    refused(tus.post({"Upload-Length": "3", "Upload-Metadata": "a YQ==,a YQ=="}), 400)


@row("create.metadata-no-key", "An empty key is refused with 400.", needs="creation")
def test_metadata_without_a_key(tus: Tus) -> None:
    for text in (",filename YQ==", "filename YQ==,"):
        refused(tus.post({"Upload-Length": "3", "Upload-Metadata": text}), 400)


@row("create.metadata-too-many-words", "More than a key and a value is refused with 400.", needs="creation")
def test_metadata_with_a_third_word(tus: Tus) -> None:
    refused(tus.post({"Upload-Length": "3", "Upload-Metadata": "filename YQ== YQ=="}), 400)


@row(
    "create.forwarded", "A stranger's forwarded headers do not change where Location leads.", needs="creation"
)
def test_forwarded_headers_of_a_stranger(tus: Tus) -> None:
    said = {"Forwarded": f"host={EVIL};proto=https", "X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https"}
    url = tus.address(tus.post({"Upload-Length": "3", **said}))
    assert urlsplit(url)[:2] == urlsplit(tus.server.endpoint)[:2]
