"""DELETE: an upload is ended by its sender."""

from tests.intake.conformance.client import Tus, refused
from tests.intake.conformance.rows import row


def ended(tus: Tus) -> str:
    url = tus.create()
    tus.patch(url, 0, b"abc")
    assert tus.delete(url).status_code == 204
    return url


@row("termination.unfinished", "An unfinished upload is ended with 204.", needs="termination")
def test_unfinished(tus: Tus) -> None:
    ended(tus)


@row("termination.head", "HEAD of an upload that was ended says 404 or 410.", needs="termination")
def test_head(tus: Tus) -> None:
    refused(tus.head(ended(tus)), 404, 410)


@row("termination.patch", "An upload that was ended takes no more bytes: 404 or 410.", needs="termination")
def test_patch(tus: Tus) -> None:
    refused(tus.patch(ended(tus), 3, b"def"), 404, 410)


@row("termination.repeated", "Ending an upload again is answered 404 or 410.", needs="termination")
def test_repeated(tus: Tus) -> None:
    refused(tus.delete(ended(tus)), 404, 410)


@row("termination.unknown", "Ending what never was is answered 404 or 410.", needs="termination")
def test_unknown(tus: Tus) -> None:
    refused(tus.delete(f"{tus.server.endpoint}unknown"), 404, 410)


@row(
    "termination.finished",
    "A finished upload is ended with 204, or refused and stays whole.",
    needs="termination",
)
def test_finished(tus: Tus) -> None:
    url = tus.create(3)
    tus.patch(url, 0, b"abc")
    answer = tus.delete(url)
    if answer.status_code == 204:
        refused(tus.head(url), 404, 410)
    else:
        refused(answer)
        assert tus.offset(url) == 3
