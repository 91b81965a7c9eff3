"""PATCH: bytes at an offset."""

from tests.intake.conformance.client import Line, Tus, refused
from tests.intake.conformance.rows import row
from tests.intake.tus.client import BYTES, TUS


def chunked(tus: Tus, url: str, offset: int, *pieces: bytes) -> int | None:
    """PATCH in the chunked coding, its end included."""
    said = {**BYTES, "Upload-Offset": str(offset), "Transfer-Encoding": "chunked"}
    with Line("PATCH", url, said) as line:
        for piece in (*pieces, b""):
            line.send(b"%x\r\n%b\r\n" % (len(piece), piece))
        return line.status()


@row("patch.adds-up", "Each PATCH is answered 204 with the offset after it.")
def test_adds_up(tus: Tus) -> None:
    url = tus.create(9)
    for offset in (0, 3, 6):
        answer = tus.patch(url, offset, b"abc")
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(offset + 3))


@row("patch.empty", "An empty PATCH is answered 204, and changes nothing.")
def test_empty(tus: Tus) -> None:
    url = tus.create(9)
    tus.patch(url, 0, b"abc")
    answer = tus.patch(url, 3, b"")
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, "3")


@row("patch.chunked", "A body in the chunked coding is taken like any other.")
def test_chunked(tus: Tus) -> None:
    url = tus.create(6)
    assert chunked(tus, url, 0, b"abc", b"def") == 204
    assert tus.offset(url) == 6


@row("patch.expect", "Expect: 100-continue is answered 100 before the body is sent.")
def test_expect(tus: Tus) -> None:
    url = tus.create(3)
    with Line.patching(url, 0, 3) as line:
        line.send(b"abc")
        assert line.status() == 204
    assert tus.offset(url) == 3


@row("patch.wrong-type", "A body of another Content-Type is refused, and nothing of it is kept.")
def test_wrong_type(tus: Tus) -> None:
    url = tus.create()
    refused(tus.patch(url, 0, b"abc", {"Content-Type": "video/mp4"}))
    assert tus.offset(url) == 0


@row("patch.wrong-type-415", "A body of another Content-Type is refused with 415 (a SHOULD).")
def test_wrong_type_415(tus: Tus) -> None:
    refused(tus.patch(tus.create(), 0, b"abc", {"Content-Type": "video/mp4"}), 415)


@row("patch.no-type", "A body without a Content-Type is refused, and nothing of it is kept.")
def test_no_type(tus: Tus) -> None:
    url = tus.create()
    refused(tus.request("PATCH", url, {**TUS, "Upload-Offset": "0"}, b"abc"))
    assert tus.offset(url) == 0


@row("patch.no-offset", "A PATCH that names no offset is refused.")
def test_no_offset(tus: Tus) -> None:
    url = tus.create()
    refused(tus.request("PATCH", url, {**TUS, **BYTES}, b"abc"))
    assert tus.offset(url) == 0


@row("patch.bad-offset", "An offset that is no number of 0 or more is refused with 400.")
def test_bad_offset(tus: Tus) -> None:
    url = tus.create()
    for text in ("-1", "x", "0.0", "0x0"):
        refused(tus.patch(url, 0, b"abc", {"Upload-Offset": text}), 400)
    assert tus.offset(url) == 0


@row("patch.ahead", "An offset ahead of the upload's is refused with 409, and nothing is written.")
def test_ahead(tus: Tus) -> None:
    url = tus.create()
    refused(tus.patch(url, 3, b"abc"), 409)
    assert tus.offset(url) == 0


@row("patch.behind", "An offset behind the upload's is refused with 409, and nothing is written.")
def test_behind(tus: Tus) -> None:
    url = tus.create()
    tus.patch(url, 0, b"abcd")
    refused(tus.patch(url, 0, b"x"), 409)
    assert tus.offset(url) == 4


@row("patch.past-length", "A body that goes past the length is refused.")
def test_past_length(tus: Tus) -> None:
    url = tus.create(5)
    refused(tus.patch(url, 0, b"abcdef"))
    assert tus.offset(url) <= 5


@row("patch.past-length-chunked", "A chunked body that goes past the length is refused.")
def test_past_length_chunked(tus: Tus) -> None:
    url = tus.create(5)
    status = chunked(tus, url, 0, b"abc", b"defg")
    assert status in range(400, 500), status
    assert tus.offset(url) <= 5


@row("patch.finished-empty", "An empty PATCH at the end of a finished upload is answered 204.")
def test_finished_and_empty(tus: Tus) -> None:
    url = tus.create(3)
    tus.patch(url, 0, b"abc")
    assert tus.patch(url, 3, b"").status_code == 204


@row("patch.finished", "More bytes for a finished upload are refused.")
def test_finished(tus: Tus) -> None:
    url = tus.create(3)
    tus.patch(url, 0, b"abc")
    refused(tus.patch(url, 3, b"d"))
    assert tus.offset(url) == 3


@row("patch.unknown", "PATCH of an upload that is not there says 404 (or 410, 403).")
def test_unknown(tus: Tus) -> None:
    refused(tus.patch(f"{tus.server.endpoint}unknown", 0, b"abc"), 404, 410, 403)


@row("patch.early-refusal", "A refusal comes before the body: nobody sends megabytes to hear 409.")
def test_refused_before_the_body(tus: Tus) -> None:
    url = tus.create(1_000_000)
    said = {**BYTES, "Upload-Offset": "5", "Content-Length": "999995"}
    with Line("PATCH", url, said) as line:
        assert line.status() == 409
