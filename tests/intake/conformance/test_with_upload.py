"""A creation that brings its first bytes along."""

from tests.intake.conformance.client import Tus, refused
from tests.intake.conformance.rows import row
from tests.intake.tus.client import BYTES

NEEDS = "creation creation-with-upload"


@row("with-upload.whole", "A whole file may come with its creation.", needs=NEEDS)
def test_whole(tus: Tus) -> None:
    answer = tus.post({"Upload-Length": "6", **BYTES}, b"abcdef")
    assert answer.headers["upload-offset"] == "6"
    assert tus.offset(tus.address(answer)) == 6


@row("with-upload.part", "A part may come, and is gone on with.", needs=NEEDS)
def test_part(tus: Tus) -> None:
    answer = tus.post({"Upload-Length": "6", **BYTES}, b"abc")
    assert answer.headers["upload-offset"] == "3"
    assert tus.patch(tus.address(answer), 3, b"def").headers["upload-offset"] == "6"


@row(
    "with-upload.deferred",
    "The first bytes may come though the length is deferred.",
    needs=f"{NEEDS} creation-defer-length",
)
def test_deferred(tus: Tus) -> None:
    answer = tus.post({"Upload-Defer-Length": "1", **BYTES}, b"abc")
    assert tus.offset(tus.address(answer)) == 3


@row("with-upload.too-much", "More bytes than the length are refused.", needs=NEEDS)
def test_too_much(tus: Tus) -> None:
    refused(tus.post({"Upload-Length": "6", **BYTES}, b"abcdefg"))


@row("with-upload.wrong-type", "Bytes of another Content-Type are not taken in.", needs=NEEDS)
def test_wrong_content_type(tus: Tus) -> None:
    answer = tus.post({"Upload-Length": "6", "Content-Type": "text/plain"}, b"abc")
    if answer.status_code == 201:
        assert tus.offset(tus.address(answer)) == 0
    else:
        refused(answer)


@row("with-upload.type-alone", "The Content-Type without any bytes is an ordinary creation.", needs=NEEDS)
def test_content_type_without_bytes(tus: Tus) -> None:
    assert tus.offset(tus.address(tus.post({"Upload-Length": "6", **BYTES}))) == 0


@row("with-upload.on-final", "A final upload brings no bytes of its own.", needs=f"{NEEDS} concatenation")
def test_on_a_final_upload(tus: Tus) -> None:
    part = tus.create(3, Upload_Concat="partial")
    tus.patch(part, 0, b"abc")
    refused(tus.post({"Upload-Concat": f"final;{part}", **BYTES}, b"def"))
