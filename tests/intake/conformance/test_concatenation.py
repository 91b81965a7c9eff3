"""Uploads sent side by side that become one."""

from urllib.parse import urlsplit

import httpx

from tests.intake.conformance.client import Tus, metadata, refused
from tests.intake.conformance.rows import NotAsked, NotOffered, row
from tests.intake.conformance.test_create import AFFORDABLE, most
from tests.intake.tus.client import BYTES

NEEDS = "creation concatenation"


def part(tus: Tus, content: bytes = b"abc", sent: int | None = None, **headers: str) -> str:
    url = tus.create(len(content), Upload_Concat="partial", **headers)
    assert tus.patch(url, 0, content[:sent]).status_code == 204
    return url


def join(tus: Tus, *urls: str, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return tus.post({"Upload-Concat": f"final;{' '.join(urls)}", **named})


@row(
    "concatenation.partial", "HEAD of a partial upload says so, and tells its offset and length.", needs=NEEDS
)
def test_partial(tus: Tus) -> None:
    told = tus.head(part(tus, b"abcdef", sent=2)).headers
    assert (told["upload-concat"], told["upload-offset"], told["upload-length"]) == ("partial", "2", "6")


@row("concatenation.final", "Complete parts are joined; the length is the sum of theirs.", needs=NEEDS)
def test_final(tus: Tus) -> None:
    told = tus.head(tus.address(join(tus, part(tus, b"abc"), part(tus, b"defg")))).headers
    assert (told["upload-offset"], told["upload-length"]) == ("7", "7")


@row("concatenation.final-head", "HEAD of a final upload has Upload-Concat as it was sent.", needs=NEEDS)
def test_final_head(tus: Tus) -> None:
    urls = [part(tus), part(tus)]
    told = tus.head(tus.address(join(tus, *urls))).headers
    assert told["upload-concat"] == f"final;{' '.join(urls)}"


@row("concatenation.paths", "Parts may be named by their path alone.", needs=NEEDS)
def test_paths(tus: Tus) -> None:
    paths = [urlsplit(part(tus)).path, urlsplit(part(tus)).path]
    assert tus.offset(tus.address(join(tus, *paths))) == 6


@row("concatenation.same-part-twice", "A part may stand in the list twice (tus leaves it open).", needs=NEEDS)
def test_the_same_part_twice(tus: Tus) -> None:
    url = part(tus)
    answer = join(tus, url, url)
    if answer.status_code in range(400, 500):
        raise NotOffered("each part once")
    assert tus.offset(tus.address(answer)) == 6


@row("concatenation.metadata", "A final upload has its own metadata, not its parts'.", needs=NEEDS)
def test_metadata(tus: Tus) -> None:
    url = part(tus, Upload_Metadata=metadata(part=b"1"))
    said = metadata(filename=b"joined.mp4")
    told = tus.head(tus.address(join(tus, url, Upload_Metadata=said))).headers
    assert told["upload-metadata"] == said


@row("concatenation.deferred", "A part's length may be deferred.", needs=f"{NEEDS} creation-defer-length")
def test_deferred(tus: Tus) -> None:
    url = tus.create(None, Upload_Concat="partial")
    assert tus.patch(url, 0, b"abc", {"Upload-Length": "3"}).status_code == 204
    assert tus.offset(tus.address(join(tus, url))) == 3


@row("concatenation.with-upload", "A part may come with its creation.", needs=f"{NEEDS} creation-with-upload")
def test_with_upload(tus: Tus) -> None:
    url = tus.address(tus.post({"Upload-Length": "3", "Upload-Concat": "partial", **BYTES}, b"abc"))
    assert tus.offset(tus.address(join(tus, url))) == 3


@row(
    "concatenation.unfinished",
    "A part that is not complete is refused, unless unfinished ones are announced.",
    needs=NEEDS,
)
def test_unfinished(tus: Tus) -> None:
    answer = join(tus, part(tus), part(tus, b"abcdef", sent=2))
    if "concatenation-unfinished" in tus.server.extensions:
        assert answer.status_code == 201
    else:
        refused(answer)


@row("concatenation.not-partial", "An upload that is not partial is not joined.", needs=NEEDS)
def test_not_partial(tus: Tus) -> None:
    whole = tus.create(3)
    tus.patch(whole, 0, b"abc")
    refused(join(tus, part(tus), whole))


@row("concatenation.missing", "A part that is not there is refused.", needs=NEEDS)
def test_missing(tus: Tus) -> None:
    refused(join(tus, part(tus), f"{tus.server.endpoint}unknown"))


@row("concatenation.elsewhere", "An address that is no upload of this server is not joined.", needs=NEEDS)
def test_elsewhere(tus: Tus) -> None:
    refused(join(tus, part(tus), "http://elsewhere.example/other/1"))


@row(
    "concatenation.no-parts",
    "A final upload of nothing, and any other value, is refused with 400.",
    needs=NEEDS,
)
def test_no_parts(tus: Tus) -> None:
    for text in ("final;", "final", "parts"):
        refused(tus.post({"Upload-Concat": text}), 400)


@row("concatenation.length-given", "A final upload that names a length is refused.", needs=NEEDS)
def test_length_given(tus: Tus) -> None:
    refused(join(tus, part(tus), Upload_Length="3"))


@row("concatenation.over-max", "Parts that are over Tus-Max-Size together are refused with 413.", needs=NEEDS)
def test_over_max(tus: Tus) -> None:
    if most(tus.server) > AFFORDABLE:
        raise NotAsked("would have to send over 64 MB")
    half = bytes(most(tus.server) // 2 + 1)
    refused(join(tus, part(tus, half), part(tus, half)), 413)


@row("concatenation.patch-final", "A final upload takes no bytes: 403.", needs=NEEDS)
def test_patch_on_final(tus: Tus) -> None:
    url = tus.address(join(tus, part(tus)))
    refused(tus.patch(url, 3, b"d"), 403)
    assert tus.offset(url) == 3


@row("concatenation.parts-afterwards", "Parts of a final upload are whole, or gone; never half.", needs=NEEDS)
def test_parts_afterwards(tus: Tus) -> None:
    url = part(tus)
    tus.address(join(tus, url))
    answer = tus.head(url)
    if answer.is_success:
        assert answer.headers["upload-offset"] == "3"
    else:
        refused(answer, 404, 410, 403)


@row("concatenation.asked-again", "Asked again, because the answer was lost, it is no fault.", needs=NEEDS)
def test_asked_again(tus: Tus) -> None:
    urls = [part(tus), part(tus)]
    tus.address(join(tus, *urls))
    assert join(tus, *urls).status_code < 500
