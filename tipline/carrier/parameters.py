"""Which parameters each request may have, and what each of them must look like."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from tipline.carrier.account import E164
from tipline.carrier.refusals import RefusedError, invalid

LONGEST_BODY = 1600
MOST_MEDIA = 10
PAGE_SIZE, LARGEST_PAGE = 50, 1000
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")

Check = Callable[[str], bool]


def _is_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_boolean(text: str) -> bool:
    return text in ("true", "false")


def _is_number(least: int, most: int) -> Check:
    return lambda text: text.isdecimal() and least <= int(text) <= most


def _one_of(*values: str) -> Check:
    return lambda text: text in values


def _any(_text: str) -> bool:
    return True


def _is_day_or_moment(text: str) -> bool:
    try:
        moments_of(text)
    except ValueError:
        return False
    return True


# What the description has and the stand-in has no use for is refused as unknown: nothing of ours sends it.
CREATE: Mapping[str, Check] = {
    "To": _any,
    "From": _any,
    "Body": _any,
    "MediaUrl": _is_url,
    "StatusCallback": _any,
    "MessagingServiceSid": lambda text: bool(_SERVICE.fullmatch(text)),
    "ProvideFeedback": _is_boolean,
    "Attempt": _is_number(1, 100),
    "ValidityPeriod": _is_number(1, 36_000),
    "SmartEncoded": _is_boolean,
    "ShortenUrls": _is_boolean,
    "SendAsMms": _is_boolean,
    "RiskCheck": _one_of("enable", "disable"),
    "ContentRetention": _one_of("retain", "discard"),
    "AddressRetention": _one_of("retain", "obfuscate"),
}
UPDATE: Mapping[str, Check] = {"Body": lambda text: text == "", "Status": _one_of("canceled")}
_PAGING: Mapping[str, Check] = {
    "PageSize": _is_number(1, LARGEST_PAGE),
    "Page": _is_number(0, 10_000_000),
    "PageToken": _any,
}
LIST: Mapping[str, Check] = {
    "To": lambda text: bool(E164.fullmatch(text)),
    "From": lambda text: bool(E164.fullmatch(text)),
    "DateSent": _is_day_or_moment,
    "DateSent<": _is_day_or_moment,
    "DateSent>": _is_day_or_moment,
    **_PAGING,
}
LIST_MEDIA: Mapping[str, Check] = {
    "DateCreated": _is_day_or_moment,
    "DateCreated<": _is_day_or_moment,
    "DateCreated>": _is_day_or_moment,
    **_PAGING,
}
NONE: Mapping[str, Check] = {}


def checked(given: Mapping[str, Sequence[str]], allowed: Mapping[str, Check]) -> dict[str, str]:
    """Return each parameter's last value; raises `RefusedError` for one that is unknown or ill-formed."""
    for name, values in given.items():
        if name not in allowed:
            raise RefusedError(400, 20001, f"Unknown parameters: {name}")
        if name != "MediaUrl" and len(values) != 1:
            raise invalid(name)
        if not all(allowed[name](value) for value in values):
            raise invalid(name)
    return {name: values[-1] for name, values in given.items()}


def require_sendable(given: Mapping[str, Sequence[str]], own_number: str) -> dict[str, str]:
    """Check a request that creates a message; raises `RefusedError` with the code of what is wrong."""
    said = checked(given, CREATE)
    to, sender, body = said.get("To", ""), said.get("From", ""), said.get("Body", "")
    media = given.get("MediaUrl", ())
    if not to:
        raise RefusedError(400, 21604, "A 'To' phone number is required.")
    if not E164.fullmatch(to):
        raise RefusedError(400, 21211, f"The 'To' number {to} is not a valid phone number.")
    if not sender and "MessagingServiceSid" not in said:
        raise RefusedError(400, 21603, "A 'From' phone number is required.")
    if sender and not E164.fullmatch(sender):
        raise RefusedError(400, 21212, f"The 'From' number {sender} is not a valid phone number.")
    if sender and sender != own_number:
        raise RefusedError(400, 21606, f"The 'From' phone number {sender} is not yours.")
    if to == sender:
        raise RefusedError(400, 21266, "'To' and 'From' number cannot be the same.")
    if not body and not media:
        raise RefusedError(400, 21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        raise RefusedError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    if len(media) > MOST_MEDIA:
        raise RefusedError(400, 21623, "Number of media files exceeds allowed limit.")
    callback = said.get("StatusCallback")
    if callback is not None and not _is_url(callback):
        raise RefusedError(400, 21609, "The 'StatusCallback' URL is not a valid URL.")
    return said


def moments_of(text: str) -> tuple[datetime, datetime]:
    """The first moment that a filter's value names, and the first one after: a whole day, or one second.

    Raises `ValueError`.
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        day = datetime.combine(date.fromisoformat(text), time(), UTC)
        return day, day + timedelta(days=1)
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return moment, moment + timedelta(seconds=1)
