"""Two at one upload: the newer is a phone that came back, and must not wait for its own dead line."""

from tests.intake.conformance.client import Line, Tus, refused
from tests.intake.conformance.rows import row


@row("lock.head", "While a PATCH hangs, a HEAD is answered.")
def test_patch_and_head(tus: Tus) -> None:
    url = tus.create()
    with Line.patching(url, 0, 10):
        assert tus.offset(url) == 0


@row("lock.patch", "While a PATCH hangs, another at the same offset is taken, and counts once.")
def test_patch_and_patch(tus: Tus) -> None:
    url = tus.create()
    with Line.patching(url, 0, 10) as old:
        answer = tus.patch(url, 0, b"abc")
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, "3")
        old.send_late(b"0123456789")
    assert tus.offset(url) == 3


@row("lock.delete", "While a PATCH hangs, a DELETE ends the upload.", needs="termination")
def test_patch_and_delete(tus: Tus) -> None:
    url = tus.create()
    with Line.patching(url, 0, 10):
        assert tus.delete(url).status_code == 204
    refused(tus.head(url), 404, 410, 403)


@row("lock.others", "A PATCH that hangs keeps nobody from other uploads.")
def test_other_uploads(tus: Tus) -> None:
    url, other = tus.create(), tus.create()
    with Line.patching(url, 0, 10):
        assert tus.patch(other, 0, b"abc").status_code == 204
