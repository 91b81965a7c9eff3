"""Uploads that nobody goes on with."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from tests.intake.conformance.client import Tus, refused
from tests.intake.conformance.rows import NotOffered, row
from tests.waiting import eventually

LONG = timedelta(days=30)


def expiry(answer: httpx.Response) -> datetime:
    told = answer.headers["upload-expires"]
    assert told.endswith(" GMT"), "RFC 7231 wants GMT"
    return parsedate_to_datetime(told)


def created(tus: Tus) -> httpx.Response:
    return tus.post({"Upload-Length": "10"})


@row(
    "expiration.creation",
    "A creation tells until when, as an HTTP date that is not past.",
    needs="expiration",
)
def test_on_creation(tus: Tus) -> None:
    assert expiry(created(tus)) > datetime.now(UTC)


@row(
    "expiration.patch",
    "Every PATCH of an unfinished upload tells until when, as an HTTP date that is not past.",
    needs="expiration",
)
def test_on_patch(tus: Tus) -> None:
    assert expiry(tus.patch(tus.create(), 0, b"abc")) > datetime.now(UTC)


@row(
    "expiration.never-earlier", "What a PATCH tells is not before what the creation told.", needs="expiration"
)
def test_never_earlier(tus: Tus) -> None:
    answer = created(tus)
    assert expiry(tus.patch(tus.address(answer), 0, b"abc")) >= expiry(answer)


@row("expiration.sliding", "Going on with an upload puts its end off (a MAY).", needs="expiration")
def test_sliding(tus: Tus) -> None:
    url = tus.create()
    tus.server.age(url, timedelta(hours=2))
    first = expiry(tus.patch(url, 0, b"abc"))
    tus.server.age(url, timedelta(hours=2))
    if expiry(tus.patch(url, 3, b"def")) < first:
        raise NotOffered("counted from the creation")


@row("expiration.head", "Of an expired upload HEAD says 404 or 410.", needs="expiration")
def test_expired(tus: Tus) -> None:
    url = tus.create()
    tus.server.age(url, LONG)
    refused(tus.head(url), 404, 410)


@row("expiration.no-patch", "A PATCH does not go on with an expired upload: 404 or 410.", needs="expiration")
def test_expired_takes_no_bytes(tus: Tus) -> None:
    url = tus.create()
    tus.server.age(url, LONG)
    refused(tus.patch(url, 0, b"abc"), 404, 410)


@row("expiration.clean-up", "The bytes of an expired upload go by themselves.", needs="expiration")
def test_clean_up(tus: Tus) -> None:
    before = tus.server.kept()
    url = tus.create()
    tus.patch(url, 0, b"abc")
    own = tus.server.kept() - before
    assert own
    tus.server.age(url, LONG)
    tus.server.clean_up()
    eventually(lambda: not own & tus.server.kept(), what="the clean-up")
